using QmpHost.Commands.Hosting;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/run-state.json.</summary>
/// <param name="host">The host.</param>
public sealed class RunStateCommandHandler(HostServices host) : IRunStateCommands
{
    /// <inheritdoc/>
    public ValueTask<StatusInfo> QueryStatusAsync(CommandContext context)
        => ValueTask.FromResult(new StatusInfo
        {
            Running = host.RunState.IsRunning,
            Singlestep = false,
            Status = host.RunState.State,
        });
}
