using System.Globalization;

namespace QmpHost.Sessions;

/// <summary>Sizes as QEMU's tools take them: decimal or 0x, with an optional suffix k, M, G, T (powers of 1024).</summary>
internal static class ByteSize
{
    public static long Parse(string text, int line)
    {
        int shift = "kmgt".IndexOf(char.ToLowerInvariant(text.LastOrDefault('?')), StringComparison.Ordinal);
        string digits = shift < 0 ? text : text[..^1];
        bool ok = digits.StartsWith("0x", StringComparison.Ordinal)
            ? long.TryParse(digits.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out long value)
            : long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value);
        return ok ? value << ((shift + 1) * 10) : throw new SessionException($"line {line}: '{text}' is not a size");
    }
}
