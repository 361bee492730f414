namespace QmpHost.Machine;

/// <summary>The rule for ids that clients give to devices and objects.</summary>
public static class Identifier
{
    /// <summary>Tells whether a text is a letter followed by letters, digits and any of "-._".</summary>
    public static bool IsValid(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length > 0
            && char.IsAsciiLetter(text[0])
            && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_');
    }
}
