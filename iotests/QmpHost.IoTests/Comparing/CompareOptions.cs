using QmpHost.Sessions;

namespace QmpHost.IoTests.Comparing;

/// <summary>What is compared, and how much.</summary>
internal sealed record CompareOptions
{
    public required ISessionTarget Oracle { get; init; }

    public required ISessionTarget Own { get; init; }

    /// <summary>Commands of each session.</summary>
    public int Length { get; init; } = 60;

    /// <summary>The program; null for the one and the other in turn.</summary>
    public SessionProgram? Program { get; init; }

    /// <summary>The commands that sessions consist of; empty for all.</summary>
    public IReadOnlyCollection<string> Only { get; init; } = [];

    /// <summary>Where sessions are written to, or null.</summary>
    public string? SaveFolder { get; init; }

    public SessionProgram ProgramOf(int seed) => Program ?? (seed % 2 == 0 ? SessionProgram.System : SessionProgram.StorageDaemon);
}
