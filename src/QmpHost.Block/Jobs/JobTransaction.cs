using QmpHost.Block.Core;

namespace QmpHost.Block.Jobs;

/// <summary>
/// Jobs that complete together: either all of them make their changes, or none does. A job that belongs to no
/// transaction of a client has one of its own.
/// </summary>
/// <remarks>Used on the host's event loop only.</remarks>
public sealed class JobTransaction
{
    private readonly List<Job> _jobs = [];
    private State _state = State.Open;

    /// <summary>How far a transaction has come; it never goes back.</summary>
    private enum State
    {
        /// <summary>Jobs run, wait for each other, or wait for the client.</summary>
        Open,

        /// <summary>All jobs have ended well and make their changes.</summary>
        Finalizing,

        /// <summary>A job has failed, or could not be prepared: all end without their results.</summary>
        Aborting,
    }

    /// <summary>The jobs that have not concluded, newest first.</summary>
    public IReadOnlyList<Job> Jobs => _jobs;

    internal void Add(Job job) => _jobs.Insert(0, job);

    internal void Remove(Job job) => _jobs.Remove(job);

    /// <summary>A job's code has ended, or will never run.</summary>
    internal async ValueTask OnJobEndedAsync(Job job)
    {
        job.SettleResult();
        if (job.HasFailed)
        {
            await AbortAsync(job);
            return;
        }

        job.MoveTo(Qapi.Schema.JobStatus.Waiting);
        if (_jobs.TrueForAll(static j => j.IsCompleted))
        {
            await ApplyAsync();
        }
    }

    /// <summary>Ends all jobs without their results, because of one of them.</summary>
    internal async ValueTask AbortAsync(Job culprit)
    {
        // Jobs that are cancelled here come back through OnJobEndedAsync: only the first caller works.
        if (_state == State.Aborting)
        {
            return;
        }

        MoveTo(State.Aborting);
        foreach (Job job in _jobs.ToArray())
        {
            if (job != culprit)
            {
                job.RequestCancel(force: true);
            }
        }

        while (_jobs.Count > 0)
        {
            Job job = _jobs[0];
            if (job.IsStarted && !job.IsCompleted)
            {
                job.Enter();
                await job.WaitCompletedAsync();
            }

            await job.ConcludeAsync();
        }
    }

    /// <summary>Lets every job make its changes.</summary>
    internal async ValueTask FinalizeAsync(Job first)
    {
        MoveTo(State.Finalizing);
        foreach (Job job in _jobs.ToArray())
        {
            try
            {
                await job.PrepareForEndAsync();
            }
            catch (BlockIOException e)
            {
                job.Fail(e.Message);
            }
            catch (Qapi.QmpException e)
            {
                job.Fail(e.Message);
            }
            catch (Exception e)
            {
                job.Fail(Errno.EIO.Describe());
                job.Manager.Context.Loop.Report(e);
            }

            if (job.HasFailed)
            {
                await AbortAsync(first);
                return;
            }
        }

        while (_jobs.Count > 0)
        {
            await _jobs[0].ConcludeAsync();
        }
    }

    private void MoveTo(State state)
    {
        if (state <= _state)
        {
            throw new InvalidOperationException($"A transaction of jobs cannot go from {_state} to {state}.");
        }

        _state = state;
    }

    private async ValueTask ApplyAsync()
    {
        Job[] jobs = [.. _jobs];
        foreach (Job job in jobs)
        {
            job.MoveToPending();
        }

        if (Array.TrueForAll(jobs, static j => j.AutoFinalize) && jobs.Length > 0 && !HoldsAny(jobs))
        {
            await FinalizeAsync(jobs[0]);
        }
    }

    // The last one to be let go has the changes made, unless the client has done so meanwhile.
    private bool HoldsAny(Job[] jobs)
    {
        bool holds = false;
        foreach (Job job in jobs)
        {
            holds |= job.TryHold(JobHoldPoint.Pending, _ => job.Manager.Context.Turns.Fire(() =>
                _state == State.Open && _jobs.Count > 0 && _jobs.TrueForAll(static j => !j.IsHeld) ? FinalizeAsync(_jobs[0]) : ValueTask.CompletedTask));
        }

        return holds;
    }
}
