using QmpHost.Block.Jobs;
using QmpHost.Qapi.Schema;

namespace QmpHost.Control.Matching;

/// <summary>Which jobs are meant: those for which everything holds that is given.</summary>
public sealed record JobMatch
{
    /// <summary>The job's id; a pattern.</summary>
    public string? Id { get; init; }

    /// <summary>The job's type, such as "backup"; a pattern.</summary>
    public string? Type { get; init; }

    internal bool Matches(Job job) => Glob.Matches(Id, job.Id) && Glob.Matches(Type, job.Type.ToWire());
}
