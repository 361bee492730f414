using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Jobs;

/// <summary>What every job is started with.</summary>
public sealed record JobOptions
{
    /// <summary>The id, chosen by the client; checked when the job is made.</summary>
    public required string Id { get; init; }

    /// <summary>What kind of job it is.</summary>
    public required JobType Type { get; init; }

    /// <summary>The transaction that the job takes part in, or null for one of its own.</summary>
    public JobTransaction? Transaction { get; init; }

    /// <summary>Whether a pending job makes its changes without being told.</summary>
    public bool AutoFinalize { get; init; } = true;

    /// <summary>Whether a concluded job is forgotten without being told.</summary>
    public bool AutoDismiss { get; init; } = true;
}
