using QmpHost.Qapi;

namespace QmpHost.Block.Jobs;

/// <summary>What clients ask of jobs: each verb with the checks that QEMU makes, in its order.</summary>
/// <remarks>Used on the host's event loop only.</remarks>
public static class JobRequests
{
    /// <summary>Pauses for the client.</summary>
    /// <param name="job">The job.</param>
    /// <exception cref="QmpException">"Job is already paused", or the state does not accept it.</exception>
    public static void UserPause(this Job job)
    {
        ArgumentNullException.ThrowIfNull(job);
        job.CheckVerb(JobVerb.Pause);
        if (job.IsUserPaused)
        {
            throw new QmpException("Job is already paused");
        }

        job.PauseAsUser();
    }

    /// <summary>Resumes for the client.</summary>
    /// <param name="job">The job.</param>
    /// <exception cref="QmpException">"Can't resume a job that was not paused", or the state does not accept it.</exception>
    public static void UserResume(this Job job)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (!job.IsUserPaused || !job.ShouldPause)
        {
            throw new QmpException("Can't resume a job that was not paused");
        }

        job.CheckVerb(JobVerb.Resume);
        job.ResumeAsUser();
    }

    /// <summary>Cancels for the client.</summary>
    /// <param name="job">The job.</param>
    /// <param name="force">Whether to end even a ready job without its result.</param>
    /// <exception cref="QmpException">The state does not accept it.</exception>
    /// <returns>A task that ends when everything that can be done at once is done.</returns>
    public static ValueTask UserCancelAsync(this Job job, bool force)
    {
        ArgumentNullException.ThrowIfNull(job);
        job.CheckVerb(JobVerb.Cancel);
        return job.CancelAsync(force);
    }

    /// <summary>Brings a ready job to its end.</summary>
    /// <param name="job">The job.</param>
    /// <exception cref="QmpException">The state does not accept it.</exception>
    public static void UserComplete(this Job job)
    {
        ArgumentNullException.ThrowIfNull(job);
        job.CheckVerb(JobVerb.Complete);
        if (job.IsCancelRequested)
        {
            throw new QmpException($"The active block job '{job.Id}' cannot be completed");
        }

        job.CompleteAsUser();
    }

    /// <summary>Lets a pending job, and those of its transaction, make their changes.</summary>
    /// <param name="job">The job.</param>
    /// <exception cref="QmpException">The state does not accept it.</exception>
    /// <returns>A task that ends when they have.</returns>
    public static ValueTask UserFinalizeAsync(this Job job)
    {
        ArgumentNullException.ThrowIfNull(job);
        job.CheckVerb(JobVerb.Finalize);
        return job.Transaction.FinalizeAsync(job);
    }

    /// <summary>Forgets a concluded job.</summary>
    /// <param name="job">The job.</param>
    /// <exception cref="QmpException">The state does not accept it.</exception>
    /// <returns>A task that ends when what it held is released.</returns>
    public static ValueTask UserDismissAsync(this Job job)
    {
        ArgumentNullException.ThrowIfNull(job);
        job.CheckVerb(JobVerb.Dismiss);
        return job.DismissAsync();
    }
}
