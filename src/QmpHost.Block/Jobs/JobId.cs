namespace QmpHost.Block.Jobs;

/// <summary>The rules for ids that clients choose for jobs.</summary>
internal static class JobId
{
    /// <summary>Whether a text is an id: a letter, then letters, digits, '-', '.' and '_'.</summary>
    public static bool IsWellFormed(string id)
        => id.Length > 0 && char.IsAsciiLetter(id[0]) && id.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_');
}
