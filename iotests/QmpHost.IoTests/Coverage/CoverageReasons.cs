using System.IO.Enumeration;
using QmpHost.IoTests.Harness;

namespace QmpHost.IoTests.Coverage;

/// <summary>Why parts of the schema occur in no recording: lines of a file, each a pattern with asterisks, a colon and the reason.</summary>
internal sealed class CoverageReasons
{
    private readonly List<(string Pattern, string Reason)> _lines;

    private CoverageReasons(List<(string Pattern, string Reason)> lines) => _lines = lines;

    /// <summary>Where they are kept.</summary>
    public static string Path { get; } = System.IO.Path.Combine(Corpus.Root, "coverage-reasons.txt");

    /// <summary>Reads the file.</summary>
    public static CoverageReasons Read() => new(
    [
        .. File.ReadLines(Path)
            .Where(static line => line.Length > 0 && line[0] != '#')
            .Select(static line => (line[..line.IndexOf(": ", StringComparison.Ordinal)], line[(line.IndexOf(": ", StringComparison.Ordinal) + 2)..])),
    ]);

    /// <summary>The first reason that fits.</summary>
    /// <param name="part">The part.</param>
    /// <returns>The reason, or null.</returns>
    public string? Find(SchemaPart part)
        => _lines.Find(line => FileSystemName.MatchesSimpleExpression(line.Pattern, part.Key, ignoreCase: false)).Reason;
}
