using System.Buffers.Binary;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi.Json;

namespace QmpHost.Block.Drivers.Qcow2.Format;

/// <summary>Turns a header with its extensions into the bytes of the first cluster.</summary>
internal static class Qcow2HeaderWriter
{
    // The table of names would fill most of a smaller first cluster.
    private const int FeatureNamesMinClusterSize = 8192;

    /// <summary>Writes the header.</summary>
    /// <param name="header">What to write.</param>
    /// <returns>The whole first cluster.</returns>
    /// <exception cref="BlockIOException">ENOSPC: extensions and names do not fit.</exception>
    public static byte[] ToCluster(Qcow2Header header)
    {
        byte[] cluster = new byte[header.ClusterSize];
        int position = WriteFields(cluster, header);
        position = WriteExtensions(cluster, position, header);
        if (header.BackingFile is { } name)
        {
            byte[] bytes = ModifiedUtf8.GetBytes(name);
            if (bytes.Length > cluster.Length - position)
            {
                throw new BlockIOException(Errno.ENOSPC);
            }

            bytes.CopyTo(cluster.AsSpan(position));
            WriteU64(cluster, 8, (ulong)position);
            WriteU32(cluster, 16, (uint)bytes.Length);
        }

        return cluster;
    }

    /// <summary>
    /// Makes the header that a new image has at first: without a magic number, as it is none yet, and without extensions, but with all
    /// fields, also where its version has fewer.
    /// </summary>
    /// <param name="header">The header.</param>
    /// <returns>The whole first cluster.</returns>
    public static byte[] ToFirstCluster(Qcow2Header header)
    {
        byte[] cluster = new byte[header.ClusterSize];
        WriteFirstFields(cluster, header);
        WriteLaterFields(cluster, header);
        cluster.AsSpan(0, sizeof(uint)).Clear();
        return cluster;
    }

    private static int WriteFields(Span<byte> to, Qcow2Header header)
    {
        WriteFirstFields(to, header);
        return header.Version < 3 ? Qcow2Header.V2Length : WriteLaterFields(to, header);
    }

    private static void WriteFirstFields(Span<byte> to, Qcow2Header header)
    {
        WriteU32(to, 0, Qcow2Header.Magic);
        WriteU32(to, 4, (uint)header.Version);
        WriteU32(to, 20, (uint)header.ClusterBits);
        WriteU64(to, Qcow2Header.SizeOffset, (ulong)header.Size);
        WriteU32(to, 32, header.CryptMethod);
        WriteU32(to, Qcow2Header.L1SizeOffset, (uint)header.L1Size);
        WriteU64(to, 40, (ulong)header.L1TableOffset);
        WriteU64(to, Qcow2Header.RefcountTableOffsetOffset, (ulong)header.RefcountTableOffset);
        WriteU32(to, 56, (uint)header.RefcountTableClusters);
        WriteU32(to, 60, (uint)header.SnapshotCount);
        WriteU64(to, 64, (ulong)header.SnapshotsOffset);
    }

    private static int WriteLaterFields(Span<byte> to, Qcow2Header header)
    {
        int length = Qcow2Header.V3Length + header.UnknownFields.Length;
        WriteU64(to, Qcow2Header.IncompatibleFeaturesOffset, (ulong)header.Incompatible);
        WriteU64(to, 80, (ulong)header.Compatible);
        WriteU64(to, Qcow2Header.AutoclearFeaturesOffset, (ulong)header.Autoclear);
        WriteU32(to, 96, (uint)header.RefcountOrder);
        WriteU32(to, 100, (uint)length);
        to[Qcow2Header.V3MinLength] = (byte)header.Compression;
        header.UnknownFields.CopyTo(to[Qcow2Header.V3Length..]);
        return length;
    }

    private static int WriteExtensions(Span<byte> to, int position, Qcow2Header header)
    {
        if (header.BackingFormat is { } format)
        {
            Put(format, to, ref position, HeaderExtensionType.BackingFormat);
        }

        if (header.DataFile is { } dataFile && header.Has(IncompatibleFeatures.ExternalData))
        {
            Put(dataFile, to, ref position, HeaderExtensionType.DataFile);
        }

        if (header.Encryption is { } encryption)
        {
            Span<byte> data = Open(to, ref position, HeaderExtensionType.Encryption, 16);
            WriteU64(data, 0, encryption.Offset);
            WriteU64(data, 8, encryption.Length);
        }

        if (header.Version >= 3 && to.Length >= FeatureNamesMinClusterSize)
        {
            FeatureName.WriteKnown(Open(to, ref position, HeaderExtensionType.FeatureNames, FeatureName.Known.Count * FeatureName.Size));
        }

        if (header.Bitmaps is { } bitmaps)
        {
            Span<byte> data = Open(to, ref position, HeaderExtensionType.Bitmaps, BitmapsExtension.Size);
            WriteU32(data, 0, (uint)bitmaps.Count);
            WriteU64(data, 8, (ulong)bitmaps.DirectorySize);
            WriteU64(data, 16, (ulong)bitmaps.DirectoryOffset);
        }

        foreach (UnknownExtension extension in header.UnknownExtensions)
        {
            extension.Data.CopyTo(Open(to, ref position, (HeaderExtensionType)extension.Type, extension.Data.Length));
        }

        Open(to, ref position, HeaderExtensionType.End, 0);
        return position;
    }

    private static void Put(string text, Span<byte> to, ref int position, HeaderExtensionType type)
    {
        byte[] bytes = ModifiedUtf8.GetBytes(text);
        bytes.CopyTo(Open(to, ref position, type, bytes.Length));
    }

    private static Span<byte> Open(Span<byte> to, ref int position, HeaderExtensionType type, int length)
    {
        int start = position + 8;
        position = start + ((length + 7) & ~7);
        if (position > to.Length)
        {
            throw new BlockIOException(Errno.ENOSPC);
        }

        WriteU32(to, start - 8, (uint)type);
        WriteU32(to, start - 4, (uint)length);
        return to.Slice(start, length);
    }

    private static void WriteU32(Span<byte> to, int offset, uint value) => BinaryPrimitives.WriteUInt32BigEndian(to[offset..], value);

    private static void WriteU64(Span<byte> to, int offset, ulong value) => BinaryPrimitives.WriteUInt64BigEndian(to[offset..], value);
}
