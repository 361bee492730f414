using QmpHost.Hosting.CommandLine;
using QmpHost.Hosting.Programs;

namespace QmpHost.Hosting.Diagnostics;

/// <summary>Option --trace of both programs: "[enable=]PATTERN,events=FILE,file=FILE".</summary>
internal static class TraceOption
{
    /// <summary>Reads the options of a command line.</summary>
    /// <param name="options">The command line.</param>
    /// <param name="environment">Where lines go, unless an option names a file.</param>
    /// <exception cref="CommandLineException">An option is wrong.</exception>
    /// <exception cref="HelpRequestedException">An option asks for the names.</exception>
    /// <returns>What writes the lines, or null if no option asks for any.</returns>
    public static TraceLoggerFactory? Read(IEnumerable<GivenOption> options, ProgramEnvironment environment)
    {
        TraceLoggerFactory? trace = null;
        foreach (GivenOption option in options.Where(static option => option.Name == "trace"))
        {
            QemuOpts opts = OptionGroups.Trace.Read(option, environment.Warn);
            trace ??= new TraceLoggerFactory(environment.StandardError);
            Enable(trace, option, opts["enable"], environment);
            EnableAll(trace, option, opts["events"], environment);
            if (opts["file"] is { } file)
            {
                trace.Output = Create(file);
            }
        }

        return trace;
    }

    private static void Enable(TraceLoggerFactory trace, GivenOption option, string? pattern, ProgramEnvironment environment)
    {
        if (pattern is "help" or "?")
        {
            throw new HelpRequestedException(TraceEvents.Names.Order(StringComparer.Ordinal));
        }

        if (pattern is not null && !trace.TryEnable(pattern))
        {
            environment.Warn(option, $"trace event '{pattern.TrimStart('-')}' does not exist");
        }
    }

    // A file of patterns, one on a line; a line that begins with '#' is none.
    private static void EnableAll(TraceLoggerFactory trace, GivenOption option, string? file, ProgramEnvironment environment)
    {
        if (file is null)
        {
            return;
        }

        try
        {
            foreach (string line in File.ReadLines(file).Where(static line => line.Length > 0 && line[0] != '#'))
            {
                Enable(trace, option, line, environment);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandLineException($"{file}: {(e is IOException ? "No such file or directory" : "Permission denied")}");
        }
    }

    private static StreamWriter Create(string file)
    {
        try
        {
            return new StreamWriter(file) { AutoFlush = true };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandLineException($"{file}: {(e is IOException ? "No such file or directory" : "Permission denied")}");
        }
    }
}
