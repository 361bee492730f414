namespace QmpHost.Control.Hosts;

/// <summary>How a host of a pool is started.</summary>
internal sealed record HostSpec
{
    /// <summary>Its name; null for one that the pool makes up.</summary>
    public string? Name { get; init; }

    /// <summary>The program that it stands for: "system" or "storage-daemon".</summary>
    public string Program { get; init; } = "system";

    /// <summary>The release whose behaviour it shows; null for the default.</summary>
    public string? Release { get; init; }

    /// <summary>The board of a system.</summary>
    public string Machine { get; init; } = "none";

    /// <summary>Whether its clock stands still until it is moved.</summary>
    public bool HasVirtualClock { get; init; }

    /// <summary>Whether its guest is not started.</summary>
    public bool IsPaused { get; init; }

    /// <summary>The order in which what is ready runs; null for the usual one.</summary>
    public int? Seed { get; init; }

    /// <summary>The seed of an order of what happens at the same time, from the start; null for none.</summary>
    public int? ExplorationSeed { get; init; }

    /// <summary>What decides the order in which what is ready runs, for either reason; null for the usual order.</summary>
    public int? ShuffleSeed => Seed ?? ExplorationSeed;

    /// <summary>The path of a unix socket on which a monitor listens; null for none.</summary>
    public string? Monitor { get; init; }

    /// <summary>The command line of the program, instead of <see cref="Machine"/> and what else it says; null for none.</summary>
    public IReadOnlyList<string>? Arguments { get; init; }

    /// <summary>Whether what is said is recorded from the start.</summary>
    public bool Records { get; init; }

    /// <summary>Whether what was not flushed is kept, so that power can be lost.</summary>
    public bool TracksUnflushed { get; init; }
}
