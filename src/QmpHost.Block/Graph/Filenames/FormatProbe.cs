using System.Buffers.Binary;

namespace QmpHost.Block.Graph.Filenames;

/// <summary>Tells an image's format from its first bytes.</summary>
internal static class FormatProbe
{
    /// <summary>How many bytes are looked at.</summary>
    public const int Length = 512;

    private const uint Qcow2Magic = 0x514649FB;

    /// <summary>The format that the first bytes of an image show; "raw" if none.</summary>
    public static string Detect(ReadOnlySpan<byte> head)
        => head.Length >= 8 && BinaryPrimitives.ReadUInt32BigEndian(head) == Qcow2Magic && BinaryPrimitives.ReadUInt32BigEndian(head[4..]) >= 2
            ? "qcow2"
            : "raw";
}
