using System.Globalization;
using QmpHost.Machine.Objects;

namespace QmpHost.Commands.HumanMonitor;

/// <summary>info iothreads: show iothreads.</summary>
internal sealed class InfoIoThreadsCommand : HmpCommand
{
    public override string Name => "info iothreads";

    public override string Description => "show iothreads";

    public override ValueTask ExecuteAsync(HmpContext context, HmpArgumentReader arguments)
    {
        arguments.ExpectEnd();
        foreach (IoThreadObject thread in context.Host.Objects.All<IoThreadObject>())
        {
            context.Reply.Append(
                CultureInfo.InvariantCulture,
                $"{thread.Name}:\n  thread_id={Environment.ProcessId}\n  poll-max-ns={thread.PollMaxNs}\n  poll-grow={thread.PollGrow}\n"
                + $"  poll-shrink={thread.PollShrink}\n  aio-max-batch={thread.AioMaxBatch}\n");
        }

        return ValueTask.CompletedTask;
    }
}
