using System.Buffers.Binary;
using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Graph;

namespace QmpHost.Block.Drivers.Qcow2.Metadata;

/// <summary>Writes changes of the header. A single field is written alone, so that it changes at once or not at all.</summary>
internal static class HeaderUpdate
{
    /// <summary>Writes the incompatible feature bits and makes them stable.</summary>
    public static async ValueTask WriteIncompatibleAsync(BlockChild file, IncompatibleFeatures features)
    {
        byte[] field = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(field, (ulong)features);
        await file.WriteAsync(Qcow2Header.IncompatibleFeaturesOffset, field);
        await file.FlushAsync();
    }

    /// <summary>Writes where the refcount table is and makes it stable.</summary>
    public static async ValueTask WriteRefcountTableAsync(BlockChild file, long offset, int clusters)
    {
        byte[] fields = new byte[sizeof(long) + sizeof(int)];
        BinaryPrimitives.WriteInt64BigEndian(fields, offset);
        BinaryPrimitives.WriteInt32BigEndian(fields.AsSpan(sizeof(long)), clusters);
        await file.WriteAsync(Qcow2Header.RefcountTableOffsetOffset, fields);
        await file.FlushAsync();
    }

    /// <summary>Writes where the snapshot table is and makes it stable.</summary>
    public static async ValueTask WriteSnapshotTableAsync(BlockChild file, int count, long offset)
    {
        byte[] fields = new byte[sizeof(int) + sizeof(long)];
        BinaryPrimitives.WriteInt32BigEndian(fields, count);
        BinaryPrimitives.WriteInt64BigEndian(fields.AsSpan(sizeof(int)), offset);
        await file.WriteAsync(Qcow2Header.SnapshotCountOffset, fields);
        await file.FlushAsync();
    }

    /// <summary>Writes the disk's size and makes it stable.</summary>
    public static async ValueTask WriteSizeAsync(BlockChild file, long size)
    {
        byte[] field = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(field, size);
        await file.WriteAsync(Qcow2Header.SizeOffset, field);
        await file.FlushAsync();
    }

    /// <summary>Writes the whole header with its extensions.</summary>
    /// <exception cref="BlockIOException">ENOSPC: it does not fit into the first cluster.</exception>
    public static ValueTask WriteAllAsync(BlockChild file, Qcow2Header header)
        => file.WriteAsync(0, Qcow2HeaderWriter.ToCluster(header));
}
