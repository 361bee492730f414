using System.Globalization;

namespace QmpHost.Qapi.Json;

/// <summary>Turns number tokens into numbers.</summary>
internal static class JsonNumber
{
    private const int Smallest = -16;
    private const int Largest = 255;

    // The numbers of most requests.
    private static readonly QNum[] Small = [.. Enumerable.Range(Smallest, Largest - Smallest + 1).Select(i => new QNum((long)i))];

    /// <summary>Reads an integer token.</summary>
    /// <param name="token">Digits, with a sign or without.</param>
    /// <returns>A signed integer if it fits, else an unsigned one, else a floating point number.</returns>
    public static QNum Integer(ReadOnlySpan<byte> token)
    {
        if (long.TryParse(token, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long signed))
        {
            return signed is >= Smallest and <= Largest ? Small[signed - Smallest] : new QNum(signed);
        }

        return ulong.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out ulong unsigned)
            ? new QNum(unsigned)
            : Float(token);
    }

    /// <summary>Reads any number token as floating point number.</summary>
    /// <param name="token">The token.</param>
    /// <returns>The nearest number, an infinity if it is too large.</returns>
    public static QNum Float(ReadOnlySpan<byte> token) => new(double.Parse(token, NumberStyles.Float, CultureInfo.InvariantCulture));
}
