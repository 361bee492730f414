using QmpHost.Sessions;

namespace QmpHost.IoTests.Harness;

/// <summary>Something that is played and compared with a recording: a session on one program, or a scenario.</summary>
public abstract class GoldenItem
{
    /// <summary>Name on the command line and of the test case.</summary>
    public abstract string Name { get; }

    /// <summary>The release under which it is played.</summary>
    public abstract string Release { get; }

    /// <summary>Where a recording under a release is, or would be.</summary>
    public abstract string PathUnder(string release);

    /// <summary>The recording: that of the release, or that of the default one where both say the same.</summary>
    public string GoldenPath => File.Exists(PathUnder(Release)) ? PathUnder(Release) : PathUnder(Corpus.DefaultRelease);

    /// <summary>A tool that is not installed and without which this cannot be played, or null.</summary>
    public virtual string? MissingTool => null;

    /// <summary>What to look at in the log, or null.</summary>
    public virtual string? Remark => null;

    /// <summary>All scenarios, then all sessions.</summary>
    public static IReadOnlyList<GoldenItem> All() => [.. Scenarios(), .. Sessions()];

    /// <summary>All scenarios, by number.</summary>
    public static IEnumerable<GoldenItem> Scenarios() =>
        ScenarioList.All.SelectMany(static scenario => scenario.Releases.Select(release => new ScenarioItem(scenario, release)));

    /// <summary>All sessions, each once for every release and program that it is played on.</summary>
    public static IEnumerable<GoldenItem> Sessions() => Corpus.SessionNames().SelectMany(name =>
    {
        var session = SessionFile.Load(Corpus.SessionPath(name));
        return session.Releases.SelectMany(release => session.Programs.Select(program => new SessionItem(name, session, program, release)));
    });

    /// <summary>Plays it; the result has been filtered.</summary>
    /// <param name="target">On whom.</param>
    /// <param name="options">How.</param>
    /// <exception cref="SessionException">It could not be played to its end.</exception>
    public abstract Task<string> PlayAsync(ISessionTarget target, PlayOptions options = default);

    /// <summary>The first difference between the recording and an output; null if there is none.</summary>
    public string? Difference(string output) => File.Exists(GoldenPath)
        ? SessionComparison.Difference(File.ReadAllText(GoldenPath), output)
        : $"there is no recording {GoldenPath}\n";

    /// <summary>Whether an output has the recording's lines, in whatever order.</summary>
    public bool HasSameLines(string output) =>
        File.Exists(GoldenPath) && SessionComparison.HasSameLines(File.ReadAllText(GoldenPath), output);

    /// <summary>Writes a recording, unless it says what that of the default release says.</summary>
    /// <param name="output">What was played.</param>
    public void Record(string output)
    {
        string path = PathUnder(Release);
        string common = PathUnder(Corpus.DefaultRelease);
        if (Release != Corpus.DefaultRelease && File.Exists(common) && File.ReadAllText(common) == output)
        {
            File.Delete(path);
        }
        else
        {
            File.WriteAllText(path, output);
        }
    }

    /// <summary>What stands behind the name of an item that is not played under the default release.</summary>
    protected string Suffix => Release == Corpus.DefaultRelease ? string.Empty : "@" + Release;

    /// <inheritdoc/>
    public override string ToString() => Name;
}
