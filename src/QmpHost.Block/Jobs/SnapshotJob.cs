using System.Runtime.ExceptionServices;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Jobs;

/// <summary>
/// A job around work on the snapshots of a machine. The work is done in one piece, before the command that asks for it is answered;
/// the job then stays listed until it is dismissed.
/// </summary>
public sealed class SnapshotJob : Job
{
    private readonly Func<ValueTask> _work;
    private bool _isDone;
    private ExceptionDispatchInfo? _failure;

    private SnapshotJob(JobManager manager, string id, JobType type, Func<ValueTask> work)
        : base(manager, new JobOptions { Id = id, Type = type, AutoDismiss = false })
        => _work = work;

    /// <summary>Makes the job and starts it. In a main turn.</summary>
    /// <param name="jobs">The host's jobs.</param>
    /// <param name="id">The job's id.</param>
    /// <param name="type">What kind of work it is.</param>
    /// <param name="work">The work, which runs in a main turn; it fails with <see cref="QmpException"/>.</param>
    /// <exception cref="QmpException">The id is not valid or taken.</exception>
    /// <returns>A task that ends with the command; failures of the work end the job instead.</returns>
    public static ValueTask StartAsync(JobManager jobs, string id, JobType type, Func<ValueTask> work)
    {
        var job = new SnapshotJob(jobs, id, type, work);
        job.Start();
        return job.Status == JobStatus.Running && !job.IsHeld ? job.WorkAsync() : ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override async Task RunAsync()
    {
        // Where the command has done the work, this only waits for its turn to end.
        await Manager.Context.Turns.InvokeAsync(WorkAsync);
        _failure?.Throw();
    }

    private async ValueTask WorkAsync()
    {
        if (_isDone)
        {
            return;
        }

        _isDone = true;
        Progress.SetRemaining(1);
        try
        {
            await _work();
        }
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
        }

        Progress.Add(1);
    }
}
