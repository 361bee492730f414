namespace QmpHost.IoTests.Harness;

/// <summary>Recordings that QmpHost does not reproduce yet: iotests/known-differences.txt.</summary>
internal static class KnownDifferences
{
    private static readonly HashSet<string> Names =
        [.. File.ReadLines(Path.Combine(Corpus.Root, "known-differences.txt")).Where(line => line.Length > 0 && line[0] != '#')];

    /// <summary>Whether a recording is known to differ.</summary>
    /// <param name="item">The recording.</param>
    public static bool Contains(GoldenItem item) => Names.Contains(item.Name);
}
