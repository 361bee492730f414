using System.Buffers.Binary;

namespace QmpHost.Block.Drivers.Qcow2.Format;

/// <summary>
/// The image header with its extensions, as it stands (or will stand) in the first cluster. Kept up to date while the
/// image is open; <see cref="Qcow2HeaderWriter"/> turns it back into bytes.
/// </summary>
internal sealed class Qcow2Header
{
    /// <summary>The first four bytes: "QFI" and 0xfb.</summary>
    public const uint Magic = 0x514649fb;

    /// <summary>Length of a version 2 header in bytes.</summary>
    public const int V2Length = 72;

    /// <summary>The shortest version 3 header in bytes.</summary>
    public const int V3MinLength = 104;

    /// <summary>The version 3 header that this program writes, in bytes: with compression type and padding.</summary>
    public const int V3Length = 112;

    public const int IncompatibleFeaturesOffset = 72;
    public const int AutoclearFeaturesOffset = 88;
    public const int RefcountTableOffsetOffset = 48;
    public const int SnapshotCountOffset = 60;
    public const int L1SizeOffset = 36;
    public const int SizeOffset = 24;

    /// <summary>The longest backing file name in bytes.</summary>
    public const int MaxBackingFileLength = 1023;

    /// <summary>How much the first bytes of a file look like such a header, 0 to 100.</summary>
    public static int Probe(ReadOnlySpan<byte> head)
        => head.Length >= 8 && BinaryPrimitives.ReadUInt32BigEndian(head) == Magic && BinaryPrimitives.ReadUInt32BigEndian(head[4..]) >= 2 ? 100 : 0;

    public required int Version { get; set; }

    public required int ClusterBits { get; init; }

    /// <summary>Virtual disk size in bytes.</summary>
    public required long Size { get; set; }

    public uint CryptMethod { get; set; }

    /// <summary>Entries of the active L1 table.</summary>
    public int L1Size { get; set; }

    public long L1TableOffset { get; set; }

    public long RefcountTableOffset { get; set; }

    public int RefcountTableClusters { get; set; }

    public int SnapshotCount { get; set; }

    public long SnapshotsOffset { get; set; }

    public IncompatibleFeatures Incompatible { get; set; }

    public CompatibleFeatures Compatible { get; set; }

    public AutoclearFeatures Autoclear { get; set; }

    public int RefcountOrder { get; init; } = 4;

    public CompressionMethod Compression { get; init; }

    /// <summary>Header fields behind those that are known, kept when the header is rewritten.</summary>
    public byte[] UnknownFields { get; init; } = [];

    public string? BackingFile { get; set; }

    public string? BackingFormat { get; set; }

    public string? DataFile { get; set; }

    public BitmapsExtension? Bitmaps { get; set; }

    /// <summary>Whether there were bitmaps that a program without knowledge of them has made worthless.</summary>
    public bool HasStaleBitmaps { get; set; }

    public EncryptionExtension? Encryption { get; set; }

    /// <summary>Extensions of other programs, newest first, as they are written.</summary>
    public IReadOnlyList<UnknownExtension> UnknownExtensions { get; init; } = [];

    public long ClusterSize => 1L << ClusterBits;

    public bool Has(IncompatibleFeatures feature) => (Incompatible & feature) != 0;
}
