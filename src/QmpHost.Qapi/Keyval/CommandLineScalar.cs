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

    /// <summary>Whether a text is a size in bytes, with a suffix or without.</summary>
    /// <param name="text">The text.</param>
    public static bool IsSize(string text) => KeyvalScalar.ParseSize(text) is not null;
}
