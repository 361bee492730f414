using QmpHost.Block.Jobs;
using QmpHost.Qapi;

namespace QmpHost.Block.Tests.Jobs;

/// <summary>The job-* commands: they work on every job, and answer after the events that they cause.</summary>
/// <remarks>Used on the host's event loop only. Errors are <see cref="QmpException"/>.</remarks>
/// <param name="jobs">The host's jobs.</param>
internal sealed class JobCommands(JobManager jobs)
{
    /// <summary>job-pause.</summary>
    /// <param name="id">The job.</param>
    /// <returns>A task that ends with the command.</returns>
    public async ValueTask PauseAsync(string id)
    {
        jobs.Get(id).UserPause();
        await jobs.PollAsync();
    }

    /// <summary>job-resume.</summary>
    /// <param name="id">The job.</param>
    /// <returns>A task that ends with the command.</returns>
    public async ValueTask ResumeAsync(string id)
    {
        jobs.Get(id).UserResume();
        await jobs.PollAsync();
    }

    /// <summary>job-cancel: always without the job's result.</summary>
    /// <param name="id">The job.</param>
    /// <returns>A task that ends with the command.</returns>
    public async ValueTask CancelAsync(string id)
    {
        await jobs.Get(id).UserCancelAsync(force: true);
        await jobs.PollAsync();
    }

    /// <summary>job-complete.</summary>
    /// <param name="id">The job.</param>
    /// <returns>A task that ends with the command.</returns>
    public async ValueTask CompleteAsync(string id)
    {
        jobs.Get(id).UserComplete();
        await jobs.PollAsync();
    }

    /// <summary>job-finalize.</summary>
    /// <param name="id">The job.</param>
    /// <returns>A task that ends with the command.</returns>
    public async ValueTask FinalizeAsync(string id)
    {
        await jobs.Get(id).UserFinalizeAsync();
        await jobs.PollAsync();
    }

    /// <summary>job-dismiss.</summary>
    /// <param name="id">The job.</param>
    /// <returns>A task that ends with the command.</returns>
    public async ValueTask DismissAsync(string id)
    {
        await jobs.Get(id).UserDismissAsync();
        await jobs.PollAsync();
    }
}
