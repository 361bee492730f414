using System.Globalization;
using System.Text;
using QmpHost.Qapi;

namespace QmpHost.Block.Drivers.Vmdk;

/// <summary>The text that describes an image: its kind, its extents, and what it lies on.</summary>
internal sealed class VmdkDescriptor
{
    /// <summary>The content id of no image.</summary>
    public const uint NoContent = uint.MaxValue;

    /// <summary>The longest descriptor that is read, in bytes.</summary>
    public const int MaxLength = 1 << 20;

    private const string Start = "# Disk DescriptorFile";

    /// <summary>The content id: it changes when the disk's contents do.</summary>
    public uint ContentId { get; private init; } = NoContent;

    /// <summary>The content id that the image below had when this one was made.</summary>
    public uint ParentContentId { get; private init; } = NoContent;

    public string? CreateType { get; private init; }

    /// <summary>The name of the image below, or null.</summary>
    public string? ParentName { get; private init; }

    public IReadOnlyList<VmdkExtentLine> Extents { get; private init; } = [];

    /// <summary>Reads a descriptor.</summary>
    /// <param name="bytes">The text, up to its end or a null character.</param>
    /// <exception cref="QmpException">A line makes no sense.</exception>
    public static VmdkDescriptor Parse(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        string text = Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
        string[] lines = text.Split('\n').Select(static line => line.TrimEnd('\r')).ToArray();
        return new VmdkDescriptor
        {
            ContentId = ReadId(lines, "CID="),
            ParentContentId = ReadId(lines, "parentCID="),
            CreateType = ReadQuoted(lines, "createType="),
            ParentName = ReadQuoted(lines, "parentFileNameHint="),
            Extents = [.. lines.Select(VmdkExtentLine.Parse).OfType<VmdkExtentLine>()],
        };
    }

    /// <summary>Whether bytes are the beginning of a descriptor.</summary>
    public static bool Probe(ReadOnlySpan<byte> head)
    {
        string text = Encoding.Latin1.GetString(head);
        foreach (string raw in text.Split('\n'))
        {
            string line = raw.TrimEnd('\r', ' ');
            if (line.Length == 0 || line[0] == '#' || line.All(static c => c == ' '))
            {
                continue;
            }

            return line is "version=1" or "version=2" or "version=3";
        }

        return false;
    }

    /// <summary>Puts another content id into a descriptor; nothing else changes.</summary>
    /// <param name="bytes">The descriptor.</param>
    /// <param name="contentId">The content id.</param>
    /// <returns>The descriptor, of the same length; null if there is no id in it or no room for it.</returns>
    public static byte[]? WithContentId(byte[] bytes, uint contentId)
    {
        int end = bytes.AsSpan().IndexOf((byte)0);
        string text = Encoding.Latin1.GetString(bytes, 0, end < 0 ? bytes.Length : end);
        int start = text.StartsWith("CID=", StringComparison.Ordinal) ? 0 : text.IndexOf("\nCID=", StringComparison.Ordinal) + 1;
        if (start == 0 && !text.StartsWith("CID=", StringComparison.Ordinal))
        {
            return null;
        }

        int lineEnd = text.IndexOf('\n', start);
        string changed = text[..start] + string.Create(CultureInfo.InvariantCulture, $"CID={contentId:x}") + (lineEnd < 0 ? "" : text[lineEnd..]);
        byte[] result = new byte[bytes.Length];
        return Encoding.Latin1.GetByteCount(changed) <= result.Length && Encoding.Latin1.GetBytes(changed, result) > 0 ? result : null;
    }

    /// <summary>The text for a new image.</summary>
    public static string Write(
        uint contentId, uint parentContentId, string createType, string? parentName, IEnumerable<string> extentLines, VmdkDiskData data)
        => string.Create(CultureInfo.InvariantCulture, $"""
            {Start}
            version=1
            CID={contentId:x}
            parentCID={parentContentId:x}
            createType="{createType}"
            {(parentName is null ? "" : $"parentFileNameHint=\"{parentName}\"")}
            # Extent description
            {string.Join('\n', extentLines)}

            # The Disk Data Base
            #DDB

            ddb.virtualHWVersion = "{data.HardwareVersion}"
            ddb.geometry.cylinders = "{data.Cylinders}"
            ddb.geometry.heads = "{data.Heads}"
            ddb.geometry.sectors = "63"
            ddb.adapterType = "{data.Adapter}"
            ddb.toolsVersion = "{data.ToolsVersion}"

            """).Replace("\r\n", "\n", StringComparison.Ordinal);

    private static uint ReadId(string[] lines, string name)
    {
        string? line = lines.FirstOrDefault(candidate => candidate.StartsWith(name, StringComparison.Ordinal));
        return line is not null && uint.TryParse(line.AsSpan(name.Length), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out uint id)
            ? id
            : NoContent;
    }

    private static string? ReadQuoted(string[] lines, string name)
    {
        string? line = lines.FirstOrDefault(candidate => candidate.StartsWith(name + "\"", StringComparison.Ordinal));
        if (line is null)
        {
            return null;
        }

        string value = line[(name.Length + 1)..];
        int end = value.IndexOf('"', StringComparison.Ordinal);
        return end < 0 ? null : value[..end];
    }
}
