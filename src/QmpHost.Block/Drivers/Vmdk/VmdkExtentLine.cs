using System.Globalization;
using QmpHost.Qapi;

namespace QmpHost.Block.Drivers.Vmdk;

/// <summary>A line of a descriptor that stands for a part of the disk.</summary>
/// <param name="Sectors">Length in sectors.</param>
/// <param name="Type">The kind of extent.</param>
/// <param name="FileName">The file; null for an extent that only has zeroes.</param>
/// <param name="Offset">Where the part begins in a flat file, in sectors.</param>
internal sealed record VmdkExtentLine(long Sectors, string Type, string? FileName, long Offset)
{
    private static readonly string[] Accesses = ["RW", "RDONLY", "NOACCESS"];

    /// <summary>Reads a line.</summary>
    /// <returns>The extent, or null for a line of another kind.</returns>
    /// <exception cref="QmpException">It makes no sense.</exception>
    public static VmdkExtentLine? Parse(string line)
    {
        string[] words = line.Split(' ', 4, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 3 || !Accesses.Contains(words[0]))
        {
            return null;
        }

        if (!long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out long sectors) || sectors > long.MaxValue / 512)
        {
            return null;
        }

        string type = words[2];
        if (type == "ZERO" && words.Length == 3)
        {
            return new VmdkExtentLine(sectors, type, null, 0);
        }

        (string? name, long? offset) = ReadName(words.Length == 4 ? words[3] : "");
        bool isSound = words[0] == "RW" && name is not null && sectors > 0
            && (type == "FLAT" ? offset is >= 0 : offset is null);
        if (!isSound)
        {
            throw new QmpException($"Invalid extent line: {line}");
        }

        return type is "FLAT" or "VMFS" or "SPARSE"
            ? new VmdkExtentLine(sectors, type, name, offset ?? 0)
            : throw new QmpException($"Unsupported extent type '{type}'");
    }

    private static (string? Name, long? Offset) ReadName(string rest)
    {
        int end = rest.StartsWith('"') ? rest.IndexOf('"', 1) : -1;
        if (end < 0)
        {
            return (null, null);
        }

        string behind = rest[(end + 1)..].Trim();
        long? offset = behind.Length == 0 ? null
            : long.TryParse(behind, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) ? value
            : -1;
        return (rest[1..end], offset);
    }
}
