using QmpHost.Commands.Hosting;
using QmpHost.Machine.Objects;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/misc.json.</summary>
/// <param name="host">The host.</param>
public sealed class MiscCommandHandler(HostServices host) : IMiscCommands
{
    private readonly HumanMonitor.HumanMonitor _humanMonitor = new(host);

    /// <inheritdoc/>
    public ValueTask<NameInfo> QueryNameAsync(CommandContext context)
        => ValueTask.FromResult(new NameInfo { Name = host.Identity.Name });

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<IOThreadInfo>> QueryIothreadsAsync(CommandContext context)
    {
        IReadOnlyList<IOThreadInfo> threads = [.. host.Objects.All<IoThreadObject>().Select(Describe)];
        return ValueTask.FromResult(threads);
    }

    /// <inheritdoc/>
    public ValueTask StopAsync(CommandContext context) => GuestStop.StopAsync(host);

    /// <inheritdoc/>
    public ValueTask ContAsync(CommandContext context) => GuestStop.ContinueAsync(host);

    /// <inheritdoc/>
    public async ValueTask<string> HumanMonitorCommandAsync(HumanMonitorCommandArguments arguments, CommandContext context)
    {
        if (context.Session is { } session)
        {
            // What the command prints may go to where the monitor talks, and comes behind the replies before.
            await session.SettleOutputAsync();
        }

        // A machine without processors has no first one either.
        return arguments.CpuIndex is not { } processor || (processor >= 0 && processor < host.Processors.Count)
            ? await _humanMonitor.ExecuteAsync(arguments.CommandLine, processor: (int)(arguments.CpuIndex ?? 0))
            : throw new QmpException("Parameter 'cpu-index' expects a CPU number");
    }

    /// <inheritdoc/>
    public ValueTask XExitPreconfigAsync(CommandContext context) => throw new QmpException("The command is permitted only before machine initialization");

    // Work is not bound to threads of the system here: the process's first one stands for them.
    private static IOThreadInfo Describe(IoThreadObject thread) => new()
    {
        Id = thread.Name!,
        ThreadId = Environment.ProcessId,
        PollMaxNs = thread.PollMaxNs,
        PollWeight = thread.PollWeight,
        PollGrow = thread.PollGrow,
        PollShrink = thread.PollShrink,
        AioMaxBatch = thread.AioMaxBatch,
    };
}
