using QmpHost.Block.Jobs;
using QmpHost.Commands.Hosting;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/job.json.</summary>
/// <param name="host">The host.</param>
public sealed class JobCommandHandler(HostServices host) : IJobCommands
{
    private readonly JobControl _control = new(host.Layer.Jobs);

    /// <inheritdoc/>
    public ValueTask JobPauseAsync(JobPauseArguments arguments, CommandContext context) => _control.PauseAsync(arguments.Id);

    /// <inheritdoc/>
    public ValueTask JobResumeAsync(JobResumeArguments arguments, CommandContext context) => _control.ResumeAsync(arguments.Id);

    /// <inheritdoc/>
    public ValueTask JobCancelAsync(JobCancelArguments arguments, CommandContext context) => _control.CancelAsync(arguments.Id);

    /// <inheritdoc/>
    public ValueTask JobCompleteAsync(JobCompleteArguments arguments, CommandContext context) => _control.CompleteAsync(arguments.Id);

    /// <inheritdoc/>
    public ValueTask JobDismissAsync(JobDismissArguments arguments, CommandContext context) => _control.DismissAsync(arguments.Id);

    /// <inheritdoc/>
    public ValueTask JobFinalizeAsync(JobFinalizeArguments arguments, CommandContext context) => _control.FinalizeAsync(arguments.Id);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobInfo>> QueryJobsAsync(CommandContext context)
        => ValueTask.FromResult(host.Layer.Jobs.QueryJobs());
}
