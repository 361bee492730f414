namespace QmpHost.Block.Jobs;

/// <summary>Sees the jobs of a host at the moments at which they can be held, for tests. It costs nothing while there is none.</summary>
/// <remarks>Used on the host's event loop only. A job that is held rests: drained sections do not wait for it, commands see it as it is, and cancelling it lets it go.</remarks>
public interface IJobWatch
{
    /// <summary>Whether a job is to be held that has come to a point.</summary>
    /// <param name="job">The job; <see cref="Job.LetGo"/> lets it go on.</param>
    /// <param name="point">The point.</param>
    /// <returns>True to hold it.</returns>
    bool HoldsAt(Job job, JobHoldPoint point);

    /// <summary>How far a job may go, in units of its progress; asked before each piece of its work.</summary>
    /// <param name="job">The job; <see cref="Job.LimitChanged"/> tells it of a new limit.</param>
    /// <returns>The most that may be done in all; <see cref="long.MaxValue"/> for no limit. It is rounded up to the job's unit.</returns>
    long LimitOf(Job job);

    /// <summary>A job has done what its limit allows for, and nothing is under way.</summary>
    /// <param name="job">The job.</param>
    void OnLimitReached(Job job);
}
