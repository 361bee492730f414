using QmpHost.Qapi;

namespace QmpHost.Machine;

/// <summary>The rule for ids that clients give to devices and objects.</summary>
public static class Identifier
{
    private const string Rule = "Identifiers consist of letters, digits, '-', '.', '_', starting with a letter.";

    /// <summary>Fails on a text that is no id.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="QmpException">It is none.</exception>
    public static void Require(string text)
    {
        if (!IsValid(text))
        {
            throw new QmpException("Parameter 'id' expects an identifier") { Hint = Rule };
        }
    }

    /// <summary>Tells whether a text is a letter followed by letters, digits and any of "-._".</summary>
    public static bool IsValid(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length > 0
            && char.IsAsciiLetter(text[0])
            && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_');
    }
}
