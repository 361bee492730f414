using QmpHost.Block.Jobs;
using QmpHost.Control.Matching;

namespace QmpHost.Control.Gates;

/// <summary>Where a gate holds which jobs: at a point of their lives, or at a limit of their progress.</summary>
internal sealed class JobGate(Gate gate, JobMatch match, JobHoldPoint? point, double? percent, long? bytes)
{
    /// <summary>The gate.</summary>
    public Gate Gate => gate;

    /// <summary>The job that it holds, or null.</summary>
    public Job? Job { get; private set; }

    /// <summary>Whether a job that has come to a point is to be held.</summary>
    public bool Takes(Job job, JobHoldPoint at) => Job is null && point == at && match.Matches(job);

    /// <summary>How far a job may go.</summary>
    public long LimitOf(Job job)
    {
        if (point is not null || (Job is not null && Job != job) || !match.Matches(job) || job.Progress.Total == 0)
        {
            return long.MaxValue;
        }

        return bytes ?? (long)(job.Progress.Total * (decimal)percent! / 100);
    }

    /// <summary>Notes that it holds a job.</summary>
    public void Hold(Job job)
    {
        Job = job;
        gate.Meet($"job '{job.Id}' at {job.Progress.Current} of {job.Progress.Total}");
    }
}
