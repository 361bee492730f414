using System.Buffers.Binary;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;

namespace QmpHost.Block.Drivers.Qcow2.Format;

/// <summary>Reads and checks image headers. Every refusal has QEMU's words.</summary>
internal static class Qcow2HeaderReader
{
    private const int MinSubclusterSize = 512;
    private const int FirstRead = 512;

    /// <summary>Reads the header of an image.</summary>
    /// <param name="file">The image file.</param>
    /// <param name="readOnly">Whether the image is opened without writing.</param>
    /// <param name="isNew">Whether the image is being made: the magic number comes last.</param>
    /// <exception cref="QmpException">It is no image, or one that cannot be opened.</exception>
    public static async ValueTask<Qcow2Header> ReadAsync(BlockChild file, bool readOnly, bool isNew = false)
    {
        byte[] start = new byte[FirstRead];
        await ReadAsync(file, start, isNew);
        int clusterSize = ParseClusterSize(start);

        byte[] cluster = clusterSize == FirstRead ? start : new byte[clusterSize];
        if (clusterSize != FirstRead)
        {
            await ReadAsync(file, cluster, isNew);
        }

        return Parse(cluster, readOnly, file.Node.Graph.Context.Surroundings.HasMachine);
    }

    /// <summary>Checks the fields that tell how much there is to read.</summary>
    /// <param name="start">The first bytes of the file, at least a version 2 header.</param>
    /// <returns>The cluster size in bytes.</returns>
    public static int ParseClusterSize(ReadOnlySpan<byte> start)
    {
        if (BinaryPrimitives.ReadUInt32BigEndian(start) != Qcow2Header.Magic)
        {
            throw new QmpException("Image is not in qcow2 format");
        }

        uint version = ReadU32(start, 4);
        if (version is not (2 or 3))
        {
            throw new QmpException($"Unsupported qcow2 version {version}");
        }

        uint clusterBits = ReadU32(start, 20);
        if (clusterBits is < Qcow2Geometry.MinClusterBits or > Qcow2Geometry.MaxClusterBits)
        {
            throw new QmpException($"Unsupported cluster size: 2^{clusterBits}");
        }

        return 1 << (int)clusterBits;
    }

    /// <summary>Parses and checks a header with its extensions.</summary>
    /// <param name="cluster">The first cluster.</param>
    /// <param name="readOnly">Whether the image is opened without writing.</param>
    /// <param name="hasMachine">Whether the program has a machine: such do without AES-CBC.</param>
    public static Qcow2Header Parse(ReadOnlySpan<byte> cluster, bool readOnly, bool hasMachine = false)
    {
        ParseClusterSize(cluster);
        int version = (int)ReadU32(cluster, 4);
        int headerLength = ParseHeaderLength(cluster, version);
        int extensionsEnd = ParseExtensionsEnd(cluster);
        var incompatible = version < 3 ? 0 : (IncompatibleFeatures)ReadU64(cluster, Qcow2Header.IncompatibleFeaturesOffset);
        CompressionMethod compression = ParseCompression(cluster, headerLength, incompatible);
        CheckFeatures(cluster[Math.Min(headerLength, extensionsEnd)..extensionsEnd], incompatible, readOnly);

        int refcountOrder = version < 3 ? 4 : ParseRefcountOrder(cluster);
        CheckSubclusters(cluster.Length, incompatible);
        var fields = new HeaderTables(cluster, version, refcountOrder, (incompatible & IncompatibleFeatures.ExtendedL2) != 0, hasMachine);
        var extensions = new HeaderExtensionParser(version, fields);
        extensions.Parse(cluster[Math.Min(headerLength, extensionsEnd)..extensionsEnd]);

        return new Qcow2Header
        {
            Version = version,
            ClusterBits = fields.Geometry.ClusterBits,
            Size = fields.Size,
            CryptMethod = fields.CryptMethod,
            L1Size = fields.L1Size,
            L1TableOffset = fields.L1TableOffset,
            RefcountTableOffset = fields.RefcountTableOffset,
            RefcountTableClusters = fields.RefcountTableClusters,
            SnapshotCount = fields.SnapshotCount,
            SnapshotsOffset = fields.SnapshotsOffset,
            Incompatible = incompatible,
            Compatible = version < 3 ? 0 : (CompatibleFeatures)ReadU64(cluster, 80),
            Autoclear = version < 3 ? 0 : (AutoclearFeatures)ReadU64(cluster, Qcow2Header.AutoclearFeaturesOffset),
            RefcountOrder = refcountOrder,
            Compression = compression,
            UnknownFields = headerLength > Qcow2Header.V3Length ? cluster[Qcow2Header.V3Length..headerLength].ToArray() : [],
            BackingFile = ParseBackingFile(cluster),
            BackingFormat = extensions.BackingFormat,
            DataFile = extensions.DataFile,
            Bitmaps = extensions.Bitmaps,
            HasStaleBitmaps = extensions.HasStaleBitmaps,
            Encryption = extensions.Encryption,
            UnknownExtensions = extensions.Unknown,
        };
    }

    private static async ValueTask ReadAsync(BlockChild file, byte[] buffer, bool isNew)
    {
        try
        {
            await file.ReadAsync(0, buffer);
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"Could not read qcow2 header: {e.Message}", e);
        }

        if (isNew)
        {
            BinaryPrimitives.WriteUInt32BigEndian(buffer, Qcow2Header.Magic);
        }
    }

    private static int ParseHeaderLength(ReadOnlySpan<byte> cluster, int version)
    {
        if (version < 3)
        {
            return Qcow2Header.V2Length;
        }

        uint length = ReadU32(cluster, 100);
        if (length < Qcow2Header.V3MinLength)
        {
            throw new QmpException("qcow2 header too short");
        }

        return length <= cluster.Length ? (int)length : throw new QmpException("qcow2 header exceeds cluster size");
    }

    private static int ParseExtensionsEnd(ReadOnlySpan<byte> cluster)
    {
        ulong backingOffset = ReadU64(cluster, 8);
        if (backingOffset > (ulong)cluster.Length)
        {
            throw new QmpException("Invalid backing file offset");
        }

        return backingOffset != 0 ? (int)backingOffset : cluster.Length;
    }

    private static void CheckFeatures(ReadOnlySpan<byte> extensions, IncompatibleFeatures incompatible, bool readOnly)
    {
        ulong unknown = (ulong)(incompatible & ~IncompatibleFeatures.Known);
        if (unknown != 0)
        {
            IReadOnlyList<FeatureName> names = HeaderExtensionParser.FindFeatureNames(extensions);
            throw new QmpException($"Unsupported qcow2 feature(s): {FeatureName.Describe(names, unknown)}");
        }

        if ((incompatible & IncompatibleFeatures.Corrupt) != 0 && !readOnly)
        {
            throw new QmpException("qcow2: Image is corrupt; cannot be opened read/write");
        }
    }

    private static CompressionMethod ParseCompression(ReadOnlySpan<byte> cluster, int headerLength, IncompatibleFeatures incompatible)
    {
        byte method = headerLength > Qcow2Header.V3MinLength ? cluster[Qcow2Header.V3MinLength] : (byte)0;
        bool flagged = (incompatible & IncompatibleFeatures.CompressionType) != 0;
        return method switch
        {
            (byte)CompressionMethod.Zlib when flagged
                => throw new QmpException("qcow2: Compression type incompatible feature bit must not be set"),
            (byte)CompressionMethod.Zlib => CompressionMethod.Zlib,
            (byte)CompressionMethod.Zstd when !flagged
                => throw new QmpException("qcow2: Compression type incompatible feature bit must be set"),
            (byte)CompressionMethod.Zstd => CompressionMethod.Zstd,
            _ => throw new QmpException($"qcow2: unknown compression type: {method}"),
        };
    }

    private static int ParseRefcountOrder(ReadOnlySpan<byte> cluster)
    {
        uint order = ReadU32(cluster, 96);
        return order <= 6
            ? (int)order
            : throw new QmpException("Reference count entry width too large; may not exceed 64 bits");
    }

    private static void CheckSubclusters(int clusterSize, IncompatibleFeatures incompatible)
    {
        int size = clusterSize / Qcow2Geometry.ExtendedSubclusters;
        if ((incompatible & IncompatibleFeatures.ExtendedL2) != 0 && size < MinSubclusterSize)
        {
            throw new QmpException($"Unsupported subcluster size: {size}");
        }
    }

    private static string? ParseBackingFile(ReadOnlySpan<byte> cluster)
    {
        int offset = (int)ReadU64(cluster, 8);
        if (offset == 0)
        {
            return null;
        }

        uint length = ReadU32(cluster, 16);
        if (length > Math.Min(Qcow2Header.MaxBackingFileLength, cluster.Length - offset))
        {
            throw new QmpException("Backing file name too long");
        }

        ReadOnlySpan<byte> name = cluster.Slice(offset, (int)length);
        string text = ModifiedUtf8.GetTerminatedString(name);
        return text.Length != 0 ? text : null;
    }

    private static uint ReadU32(ReadOnlySpan<byte> from, int offset) => BinaryPrimitives.ReadUInt32BigEndian(from[offset..]);

    private static ulong ReadU64(ReadOnlySpan<byte> from, int offset) => BinaryPrimitives.ReadUInt64BigEndian(from[offset..]);
}
