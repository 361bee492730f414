using System.Text;

namespace QmpHost.Sessions;

/// <summary>Compares a transcript with a recorded one.</summary>
public static class SessionComparison
{
    /// <summary>The line that stands in a transcript for the output of a tool that is not installed.</summary>
    internal const string NotInstalled = "(not installed)";

    private const int LongLine = 200;

    /// <summary>
    /// Finds the first difference. Output of a tool that is not installed here is not compared; everything else is, byte for byte.
    /// </summary>
    /// <returns>Null if there is none; otherwise a text that shows it with the lines around it.</returns>
    public static string? Difference(string recorded, string played)
    {
        ArgumentNullException.ThrowIfNull(recorded);
        ArgumentNullException.ThrowIfNull(played);
        List<string> expected = WithoutMissingTools(recorded.Split('\n'), played.Split('\n'));
        string[] actual = played.Split('\n');
        for (int i = 0; i < Math.Max(expected.Count, actual.Length); i++)
        {
            string? left = i < expected.Count ? expected[i] : null;
            string? right = i < actual.Length ? actual[i] : null;
            if (left != right)
            {
                return Show(actual, i, left, right);
            }
        }

        return null;
    }

    /// <summary>
    /// Whether both have the same lines, in whatever order: so a program that answers alike may still tell an event before or after
    /// a reply.
    /// </summary>
    public static bool HasSameLines(string recorded, string played)
    {
        ArgumentNullException.ThrowIfNull(recorded);
        ArgumentNullException.ThrowIfNull(played);
        string[] actual = played.Split('\n');
        return WithoutMissingTools(recorded.Split('\n'), actual).Order(StringComparer.Ordinal)
            .SequenceEqual(actual.Order(StringComparer.Ordinal));
    }

    private static string Show(string[] actual, int line, string? expected, string? found)
    {
        var text = new StringBuilder();
        for (int i = Math.Max(0, line - 6); i < line; i++)
        {
            text.Append("  ").Append(actual[i]).Append('\n');
        }

        text.Append("- ").Append(expected ?? "(end)").Append('\n');
        text.Append("+ ").Append(found ?? "(end)").Append('\n');
        if (expected?.Length > LongLine && found?.Length > LongLine)
        {
            int at = expected.AsSpan().CommonPrefixLength(found);
            text.Append("  - ").Append(Around(expected, at)).Append('\n');
            text.Append("  + ").Append(Around(found, at)).Append('\n');
        }

        return text.ToString();
    }

    // The part of a long line in which the difference is.
    private static string Around(string line, int at)
    {
        int start = Math.Max(0, at - 60);
        return "…" + line[start..Math.Min(line.Length, at + 60)] + "…";
    }

    // A tool's block is its "$ " line, its output marked "| " or "\ ", and its exit code marked "? ".
    private static List<string> WithoutMissingTools(string[] recorded, string[] played)
    {
        var missing = new HashSet<string>();
        for (int i = 1; i < played.Length; i++)
        {
            if (played[i] == NotInstalled)
            {
                missing.Add(played[i - 1]);
            }
        }

        var kept = new List<string>();
        bool skipping = false;
        foreach (string line in recorded)
        {
            skipping = skipping && line.Length > 1 && line[1] == ' ' && @"|\?".Contains(line[0], StringComparison.Ordinal);
            if (skipping)
            {
                continue;
            }

            kept.Add(line);
            if (missing.Contains(line))
            {
                kept.Add(NotInstalled);
                skipping = true;
            }
        }

        return kept;
    }
}
