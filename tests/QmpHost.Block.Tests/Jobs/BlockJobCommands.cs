using QmpHost.Block.Jobs;
using QmpHost.Qapi;

namespace QmpHost.Block.Tests.Jobs;

/// <summary>The block-job-* commands: they know block jobs only, and answer after the events that they cause.</summary>
/// <remarks>Used on the host's event loop only. Errors are <see cref="QmpException"/>.</remarks>
/// <param name="jobs">The host's jobs.</param>
internal sealed class BlockJobCommands(JobManager jobs)
{
    /// <summary>block-job-pause.</summary>
    /// <param name="device">The job.</param>
    /// <returns>A task that ends with the command.</returns>
    public async ValueTask PauseAsync(string device)
    {
        jobs.GetBlockJob(device).UserPause();
        await jobs.PollAsync();
    }

    /// <summary>block-job-resume.</summary>
    /// <param name="device">The job.</param>
    /// <returns>A task that ends with the command.</returns>
    public async ValueTask ResumeAsync(string device)
    {
        jobs.GetBlockJob(device).UserResume();
        await jobs.PollAsync();
    }

    /// <summary>block-job-cancel: lets a ready job end in good order, unless forced; a paused job must be forced.</summary>
    /// <param name="device">The job.</param>
    /// <param name="force">Whether to cancel a paused or ready job without its result.</param>
    /// <returns>A task that ends with the command.</returns>
    public async ValueTask CancelAsync(string device, bool force)
    {
        BlockJob job = jobs.GetBlockJob(device);
        if (job.IsUserPaused && !force)
        {
            throw new QmpException($"The block job for device '{device}' is currently paused");
        }

        await job.UserCancelAsync(force);
        await jobs.PollAsync();
    }

    /// <summary>block-job-complete.</summary>
    /// <param name="device">The job.</param>
    /// <returns>A task that ends with the command.</returns>
    public async ValueTask CompleteAsync(string device)
    {
        jobs.GetBlockJob(device).UserComplete();
        await jobs.PollAsync();
    }

    /// <summary>block-job-finalize.</summary>
    /// <param name="id">The job.</param>
    /// <returns>A task that ends with the command.</returns>
    public async ValueTask FinalizeAsync(string id)
    {
        await jobs.GetBlockJob(id).UserFinalizeAsync();
        await jobs.PollAsync();
    }

    /// <summary>block-job-dismiss.</summary>
    /// <param name="id">The job.</param>
    /// <returns>A task that ends with the command.</returns>
    public async ValueTask DismissAsync(string id)
    {
        await jobs.GetBlockJob(id).UserDismissAsync();
        await jobs.PollAsync();
    }

    /// <summary>block-job-set-speed.</summary>
    /// <param name="device">The job.</param>
    /// <param name="speed">The limit in bytes per second; 0 means none.</param>
    /// <returns>A task that ends with the command.</returns>
    public async ValueTask SetSpeedAsync(string device, long speed)
    {
        jobs.GetBlockJob(device).UserSetSpeed(speed);
        await jobs.PollAsync();
    }
}
