using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/rocker.json: there are no switches.</summary>
public sealed class RockerCommandHandler : IRockerCommands
{
    /// <inheritdoc/>
    public ValueTask<RockerSwitch> QueryRockerAsync(QueryRockerArguments arguments, CommandContext context) => throw NotFound(arguments.Name);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RockerPort>> QueryRockerPortsAsync(QueryRockerPortsArguments arguments, CommandContext context)
        => throw NotFound(arguments.Name);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RockerOfDpaFlow>> QueryRockerOfDpaFlowsAsync(QueryRockerOfDpaFlowsArguments arguments, CommandContext context)
        => throw NotFound(arguments.Name);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RockerOfDpaGroup>> QueryRockerOfDpaGroupsAsync(QueryRockerOfDpaGroupsArguments arguments, CommandContext context)
        => throw NotFound(arguments.Name);

    private static QmpException NotFound(string name) => new($"rocker {name} not found");
}
