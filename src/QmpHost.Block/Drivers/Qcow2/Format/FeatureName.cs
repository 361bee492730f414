using System.Text;
using QmpHost.Qapi.Json;

namespace QmpHost.Block.Drivers.Qcow2.Format;

/// <summary>One line of the feature name table, which lets programs name features that they do not know.</summary>
/// <param name="Kind">0 incompatible, 1 compatible, 2 autoclear.</param>
/// <param name="Bit">The bit's number.</param>
/// <param name="Name">The feature's name, at most 46 bytes.</param>
internal sealed record FeatureName(byte Kind, byte Bit, string Name)
{
    /// <summary>Length of a line in bytes.</summary>
    public const int Size = 48;

    private const int NameLength = 46;

    /// <summary>The features that this program knows, in the order in which they are written.</summary>
    public static IReadOnlyList<FeatureName> Known { get; } =
    [
        new(0, 0, "dirty bit"),
        new(0, 1, "corrupt bit"),
        new(0, 2, "external data file"),
        new(0, 3, "compression type"),
        new(0, 4, "extended L2 entries"),
        new(1, 0, "lazy refcounts"),
        new(2, 0, "bitmaps"),
        new(2, 1, "raw external data"),
    ];

    /// <summary>Reads a table; a last line that is cut off counts with what is there.</summary>
    /// <param name="table">The extension's data.</param>
    /// <returns>The lines.</returns>
    public static List<FeatureName> Parse(ReadOnlySpan<byte> table)
    {
        var names = new List<FeatureName>(table.Length / Size);
        for (; table.Length >= Size; table = table[Size..])
        {
            names.Add(new FeatureName(table[0], table[1], ModifiedUtf8.GetTerminatedString(table.Slice(2, NameLength))));
        }

        return names;
    }

    /// <summary>Writes the table of known features.</summary>
    /// <param name="destination">Zeroed room of <see cref="Size"/> bytes per known feature.</param>
    public static void WriteKnown(Span<byte> destination)
    {
        foreach (FeatureName feature in Known)
        {
            destination[0] = feature.Kind;
            destination[1] = feature.Bit;
            Encoding.UTF8.GetBytes(feature.Name, destination[2..]);
            destination = destination[Size..];
        }
    }

    /// <summary>The names of incompatible features, and the rest that nobody named as a number, as the refusal shows them.</summary>
    /// <param name="table">The image's table.</param>
    /// <param name="features">The bits to name.</param>
    /// <returns>For example "new thing, Unknown incompatible feature: 40".</returns>
    public static string Describe(IReadOnlyList<FeatureName> table, ulong features)
    {
        var parts = new List<string>();
        foreach (FeatureName feature in table)
        {
            ulong bit = feature.Bit < 64 ? 1UL << feature.Bit : 0;
            if (feature.Kind == 0 && (features & bit) != 0)
            {
                parts.Add(feature.Name);
                features &= ~bit;
            }
        }

        if (features != 0)
        {
            parts.Add($"Unknown incompatible feature: {features:x}");
        }

        return string.Join(", ", parts);
    }
}
