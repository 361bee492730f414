namespace QmpHost.Qapi.Keyval;

/// <summary>Tells which texts of a command line stand for scalars.</summary>
public static class CommandLineScalar
{
    /// <summary>Whether a text is "on" or "off", or one of their old spellings.</summary>
    /// <param name="text">The text.</param>
    public static bool IsSwitch(string text) => KeyvalScalar.ParseBool(text) is not null;

    /// <summary>Whether a text is an integer of 64 bits.</summary>
    /// <param name="text">The text.</param>
    public static bool IsNumber(string text) => KeyvalScalar.ParseInteger(text) is not null;

    /// <summary>Reads an integer of 64 bits.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The integer, or null where the text is none.</returns>
    public static long? ReadNumber(string text) => KeyvalScalar.ParseInteger(text) is { } number && number.TryGetInt64(out long value) ? value : null;

    /// <summary>Reads a size in bytes, with a suffix or without.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The size, or null where the text is none.</returns>
    public static ulong? ReadSize(string text) => KeyvalScalar.ParseSize(text);

    /// <summary>What is wrong with a size that is none.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <returns>The message.</returns>
    public static string NoSize(string name) => $"Parameter '{name}' expects a non-negative number below 2^64";

    /// <summary>What is wrong with a text that is no size, and what would be one.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <returns>The message, of several lines.</returns>
    public static string NoSizeText(string name)
        => $"{NoSize(name)}\nOptional suffix k, M, G, T, P or E means kilo-, mega-, giga-, tera-, peta-\nand exabytes, respectively.";

    /// <summary>Reads "on", "off" or one of their old spellings.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Whether it is "on", or null where the text is none of them.</returns>
    public static bool? ReadSwitch(string text) => KeyvalScalar.ParseBool(text)?.Value;

    /// <summary>Whether a text is a size in bytes, with a suffix or without.</summary>
    /// <param name="text">The text.</param>
    public static bool IsSize(string text) => KeyvalScalar.ParseSize(text) is not null;
}
