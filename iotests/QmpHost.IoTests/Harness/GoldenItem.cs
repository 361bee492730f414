using QmpHost.Sessions;

namespace QmpHost.IoTests.Harness;

/// <summary>Something that is played and compared with a recording: a session on one program, or a scenario.</summary>
public abstract class GoldenItem
{
    /// <summary>Name on the command line and of the test case.</summary>
    public abstract string Name { get; }

    /// <summary>The recording.</summary>
    public abstract string GoldenPath { get; }

    /// <summary>A tool that is not installed and without which this cannot be played, or null.</summary>
    public virtual string? MissingTool => null;

    /// <summary>All scenarios, then all sessions.</summary>
    public static IReadOnlyList<GoldenItem> All() => [.. Scenarios(), .. Sessions()];

    /// <summary>All scenarios, by number.</summary>
    public static IEnumerable<GoldenItem> Scenarios() => ScenarioList.All.Select(scenario => new ScenarioItem(scenario));

    /// <summary>All sessions, each once for every program that it is played on.</summary>
    public static IEnumerable<GoldenItem> Sessions() => Corpus.SessionNames().SelectMany(name =>
    {
        var session = SessionFile.Load(Corpus.SessionPath(name));
        return session.Programs.Select(program => new SessionItem(name, session, program));
    });

    /// <summary>Plays it; the result has been filtered.</summary>
    /// <exception cref="SessionException">It could not be played to its end.</exception>
    public abstract Task<string> PlayAsync(ISessionTarget target);

    /// <summary>The first difference between the recording and an output; null if there is none.</summary>
    public string? Difference(string output) => File.Exists(GoldenPath)
        ? SessionComparison.Difference(File.ReadAllText(GoldenPath), output)
        : $"there is no recording {GoldenPath}\n";

    /// <inheritdoc/>
    public override string ToString() => Name;
}
