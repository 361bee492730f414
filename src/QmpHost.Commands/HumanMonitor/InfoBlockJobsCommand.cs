using System.Globalization;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.HumanMonitor;

/// <summary>info block-jobs: show progress of ongoing block device operations.</summary>
internal sealed class InfoBlockJobsCommand : HmpCommand
{
    public override string Name => "info block-jobs";

    public override string Description => "show progress of ongoing block device operations";

    public override ValueTask ExecuteAsync(HmpContext context, HmpArgumentReader arguments)
    {
        arguments.ExpectEnd();
        IReadOnlyList<BlockJobInfo> jobs = context.Host.Layer.Jobs.QueryBlockJobs();
        if (jobs.Count == 0)
        {
            context.Reply.Append("No active jobs\n");
        }

        foreach (BlockJobInfo job in jobs)
        {
            string title = job.Type.ToWire() == "stream" ? $"Streaming device {job.Device}" : $"Type {job.Type.ToWire()}, device {job.Device}";
            context.Reply.Append(
                CultureInfo.InvariantCulture,
                $"{title}: Completed {job.Offset} of {job.Len} bytes, speed limit {job.Speed} bytes/s\n");
        }

        return ValueTask.CompletedTask;
    }
}
