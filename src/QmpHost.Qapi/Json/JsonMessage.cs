namespace QmpHost.Qapi.Json;

/// <summary>The wording of syntax errors.</summary>
internal static class JsonMessage
{
    // Errors of the grammar are cut, by bytes; those of the lexer are not.
    private const int LongestBody = 1023;

    private const string Prefix = "JSON parse error, ";

    /// <summary>An error in fixed words.</summary>
    /// <param name="body">The words.</param>
    /// <returns>The message.</returns>
    public static string Make(string body) => Prefix + body;

    /// <summary>The error for bytes that start no token.</summary>
    /// <param name="token">The bytes, of which those from a zero byte on are not shown.</param>
    /// <returns>The message.</returns>
    public static string Stray(ReadOnlySpan<byte> token) => $"{Prefix}stray '{ModifiedUtf8.ToMessage(BeforeZero(token))}'";

    /// <summary>An error of the grammar that quotes input.</summary>
    /// <param name="before">Words before the quotation.</param>
    /// <param name="input">The bytes to quote; the lexer lets no zero byte pass.</param>
    /// <param name="after">Words after the quotation.</param>
    /// <returns>The message.</returns>
    public static string Quote(ReadOnlySpan<byte> before, ReadOnlySpan<byte> input, ReadOnlySpan<byte> after)
    {
        Span<byte> body = stackalloc byte[LongestBody];
        int used = Append(body, 0, before);
        used = Append(body, used, input);
        used = Append(body, used, after);
        return Prefix + ModifiedUtf8.ToMessage(body[..used]);
    }

    private static ReadOnlySpan<byte> BeforeZero(ReadOnlySpan<byte> bytes)
    {
        int zero = bytes.IndexOf((byte)0);
        return zero < 0 ? bytes : bytes[..zero];
    }

    private static int Append(Span<byte> body, int used, ReadOnlySpan<byte> bytes)
    {
        int taken = Math.Min(bytes.Length, body.Length - used);
        bytes[..taken].CopyTo(body[used..]);
        return used + taken;
    }
}
