using QmpHost.Machine.Facts;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/machine-target.json.</summary>
public sealed class MachineTargetCommandHandler : IMachineTargetCommands
{
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<CpuDefinitionInfo>> QueryCpuDefinitionsAsync(CommandContext context)
        => ValueTask.FromResult(CpuModelFacts.Of(context.Profile).Definitions);

    /// <inheritdoc/>
    public ValueTask<CpuModelExpansionInfo> QueryCpuModelExpansionAsync(QueryCpuModelExpansionArguments arguments, CommandContext context)
        => ValueTask.FromResult(new CpuModelExpansionInfo { Model = CpuModelFacts.Of(context.Profile).Expand(arguments.Type, arguments.Model) });
}
