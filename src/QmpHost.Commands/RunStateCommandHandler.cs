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
            Singlestep = host.StepsInstructions,
            Status = host.RunState.State,
        });

    /// <inheritdoc/>
    public ValueTask SetActionAsync(SetActionArguments arguments, CommandContext context)
    {
        host.Actions.Reboot = arguments.Reboot ?? host.Actions.Reboot;
        host.Actions.Shutdown = arguments.Shutdown ?? host.Actions.Shutdown;
        host.Actions.Panic = arguments.Panic ?? host.Actions.Panic;
        host.Actions.Watchdog = arguments.Watchdog ?? host.Actions.Watchdog;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask WatchdogSetActionAsync(WatchdogSetActionArguments arguments, CommandContext context)
    {
        host.Actions.Watchdog = arguments.Action;
        return ValueTask.CompletedTask;
    }
}
