using QmpHost.Qapi;

namespace QmpHost.Sessions;

/// <summary>
/// A parsed session file: monitor input and directives in order. The notation is described in <c>iotests/README.md</c>.
/// </summary>
public sealed class SessionFile
{
    private static readonly string[] Known =
    [
        "programs", "image", "pattern", "file", "monitor", "start", "on", "connect", "disconnect", "send", "reply",
        "event", "until", "run", "dump", "stdout", "exit", "signal", "clock", "remove", "needs", "releases",
    ];

    private SessionFile(
        string name,
        IReadOnlyList<SessionProgram> programs,
        IReadOnlyList<string> releases,
        IReadOnlyList<string> tools,
        IReadOnlyList<SessionStep> steps)
    {
        Name = name;
        Programs = programs;
        Releases = releases;
        Tools = tools;
        Steps = steps;
    }

    /// <summary>A short name for messages: the file's name without its extension.</summary>
    public string Name { get; }

    /// <summary>The programs to play the session on; each has a transcript of its own.</summary>
    public IReadOnlyList<SessionProgram> Programs { get; }

    /// <summary>The releases to play it under. Where a release says the same as the default one, it has no transcript of its own.</summary>
    public IReadOnlyList<string> Releases { get; }

    /// <summary>Tools without which the session means nothing, as its replies depend on what they do.</summary>
    public IReadOnlyList<string> Tools { get; }

    /// <summary>The steps in order.</summary>
    public IReadOnlyList<SessionStep> Steps { get; }

    /// <summary>Reads and parses a session file.</summary>
    /// <exception cref="SessionException">The file has a line that is not understood.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SessionFile Load(string path) =>
        Parse(Path.GetFileNameWithoutExtension(path), File.ReadAllLines(path));

    /// <summary>Parses the lines of a session.</summary>
    /// <exception cref="SessionException">A line is not understood.</exception>
    public static SessionFile Parse(string name, IEnumerable<string> lines)
    {
        ArgumentNullException.ThrowIfNull(lines);
        var steps = new List<SessionStep>();
        IReadOnlyList<SessionProgram> programs = [SessionProgram.System];
        IReadOnlyList<string> releases = [VersionProfile.Default.ToString()];
        IReadOnlyList<string> tools = [];
        int number = 0;
        foreach (string line in lines)
        {
            number++;
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            SessionStep step = ParseLine(line, number);
            if (step.Directive == "programs")
            {
                programs = ParsePrograms(step);
            }
            else if (step.Directive == "releases")
            {
                releases = ParseReleases(step);
            }
            else if (step.Directive == "needs")
            {
                tools = step.Words();
            }
            else
            {
                steps.Add(step);
            }
        }

        return new SessionFile(name, programs, releases, tools, steps);
    }

    /// <summary>The transcript's path beside the session file at <paramref name="sessionPath"/> for one program.</summary>
    public static string TranscriptPath(string sessionPath, SessionProgram program) =>
        Path.ChangeExtension(sessionPath, program == SessionProgram.System ? ".transcript" : ".qsd.transcript");

    /// <summary>The same for the transcript of a release that is not the default one.</summary>
    /// <param name="sessionPath">Path of the session file.</param>
    /// <param name="program">The program.</param>
    /// <param name="release">The release.</param>
    /// <returns>The path, whether or not there is such a file.</returns>
    public static string TranscriptPath(string sessionPath, SessionProgram program, string release)
    {
        string path = TranscriptPath(sessionPath, program);
        return release == VersionProfile.Default.ToString()
            ? path
            : Path.ChangeExtension(path, null) + "." + release + Path.GetExtension(path);
    }

    private static SessionStep ParseLine(string line, int number)
    {
        if (line[0] != '@')
        {
            return new SessionStep(number, string.Empty, line);
        }

        int blank = line.IndexOf(' ', StringComparison.Ordinal);
        string directive = blank < 0 ? line[1..] : line[1..blank];
        if (!Known.Contains(directive))
        {
            throw new SessionException($"line {number}: unknown directive '@{directive}'");
        }

        return new SessionStep(number, directive, blank < 0 ? string.Empty : line[(blank + 1)..]);
    }

    private static IReadOnlyList<string> ParseReleases(SessionStep step) =>
        step.Words() is { Count: > 0 } words && words.All(static word => VersionProfile.TryParse(word, out _))
            ? words
            : throw new SessionException($"line {step.Line}: @releases takes some of {VersionProfile.KnownText}");

    private static List<SessionProgram> ParsePrograms(SessionStep step)
    {
        var programs = new List<SessionProgram>();
        foreach (string word in step.Words())
        {
            if (!SessionProgramNames.TryParse(word, out SessionProgram program))
            {
                throw new SessionException($"line {step.Line}: unknown program '{word}'");
            }

            programs.Add(program);
        }

        return programs.Count > 0 ? programs : throw new SessionException($"line {step.Line}: @programs needs a name");
    }
}
