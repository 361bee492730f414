namespace QmpHost.Control.Matching;

/// <summary>Patterns of names: * stands for any number of characters, ? for one.</summary>
internal static class Glob
{
    /// <summary>Whether a text is what a pattern means.</summary>
    /// <param name="pattern">The pattern; null for any text.</param>
    /// <param name="text">The text.</param>
    public static bool Matches(string? pattern, string text) => pattern is null || Matches(pattern.AsSpan(), text);

    private static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        int star = -1;
        int mark = 0;
        int p = 0;
        int t = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                mark = t;
            }
            else if (p < pattern.Length && (pattern[p] == '?' || pattern[p] == text[t]))
            {
                p++;
                t++;
            }
            else if (star >= 0)
            {
                // The last star takes one character more.
                p = star + 1;
                t = ++mark;
            }
            else
            {
                return false;
            }
        }

        return pattern[p..].TrimStart('*').IsEmpty;
    }
}
