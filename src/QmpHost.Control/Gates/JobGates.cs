using QmpHost.Block.Jobs;

namespace QmpHost.Control.Gates;

/// <summary>The gates that hold jobs, as the block engine asks for them. Used on the host's loop only.</summary>
internal sealed class JobGates : IJobWatch
{
    private readonly List<JobGate> _gates = [];

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => _gates.Count == 0;

    /// <summary>Adds a gate.</summary>
    public void Add(JobGate gate) => _gates.Add(gate);

    /// <summary>Takes a gate out and lets its job go on.</summary>
    public void Release(Gate gate, JobManager jobs)
    {
        if (_gates.Find(candidate => candidate.Gate == gate) is not { } found)
        {
            return;
        }

        _gates.Remove(found);
        found.Job?.LetGo();
        foreach (Job job in jobs.Jobs.ToArray())
        {
            job.LimitChanged();
        }
    }

    /// <inheritdoc/>
    public bool HoldsAt(Job job, JobHoldPoint point)
    {
        if (_gates.Find(gate => gate.Takes(job, point)) is not { } found)
        {
            return false;
        }

        found.Hold(job);
        return true;
    }

    /// <inheritdoc/>
    public long LimitOf(Job job)
    {
        long limit = long.MaxValue;
        foreach (JobGate gate in _gates)
        {
            limit = Math.Min(limit, gate.LimitOf(job));
        }

        return limit;
    }

    /// <inheritdoc/>
    public void OnLimitReached(Job job)
    {
        foreach (JobGate gate in _gates.Where(gate => gate.Job is null && gate.LimitOf(job) <= job.Progress.Current).ToArray())
        {
            gate.Hold(job);
        }
    }
}
