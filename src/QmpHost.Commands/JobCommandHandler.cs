using QmpHost.Block.Jobs;
using QmpHost.Commands.Hosting;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/job.json.</summary>
/// <param name="host">The host.</param>
public sealed class JobCommandHandler(HostServices host) : IJobCommands
{
    private readonly JobManager _jobs = host.Layer.Jobs;

    /// <inheritdoc/>
    public ValueTask JobPauseAsync(JobPauseArguments arguments, CommandContext context)
        => _jobs.SteerAsync(arguments.Id, static job =>
        {
            job.UserPause();
            return ValueTask.CompletedTask;
        });

    /// <inheritdoc/>
    public ValueTask JobResumeAsync(JobResumeArguments arguments, CommandContext context)
        => _jobs.SteerAsync(arguments.Id, static job =>
        {
            job.UserResume();
            return ValueTask.CompletedTask;
        });

    /// <inheritdoc/>
    public ValueTask JobCancelAsync(JobCancelArguments arguments, CommandContext context)
        => _jobs.SteerAsync(arguments.Id, static job => job.UserCancelAsync(force: true));

    /// <inheritdoc/>
    public ValueTask JobCompleteAsync(JobCompleteArguments arguments, CommandContext context)
        => _jobs.SteerAsync(arguments.Id, static job =>
        {
            job.UserComplete();
            return ValueTask.CompletedTask;
        });

    /// <inheritdoc/>
    public ValueTask JobDismissAsync(JobDismissArguments arguments, CommandContext context)
        => _jobs.SteerAsync(arguments.Id, static job => job.UserDismissAsync());

    /// <inheritdoc/>
    public ValueTask JobFinalizeAsync(JobFinalizeArguments arguments, CommandContext context)
        => _jobs.SteerAsync(arguments.Id, static job => job.UserFinalizeAsync());

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobInfo>> QueryJobsAsync(CommandContext context)
        => ValueTask.FromResult(_jobs.QueryJobs());
}
