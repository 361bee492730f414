using System.Buffers.Binary;
using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Qapi.Json;

namespace QmpHost.Block.Drivers.Qcow2.Snapshots;

/// <summary>Writes the snapshot table to a new place, so that the old one stands until the header points to the new one.</summary>
internal static class SnapshotTableWriter
{
    /// <summary>How many bytes of extra data have a meaning here.</summary>
    public const int ExtraSize = 24;

    private const int FixedSize = 40;
    private const int Alignment = 8;

    /// <summary>Writes the table and frees the old one. Called under the image's metadata lock.</summary>
    /// <returns>The table's length in bytes.</returns>
    /// <exception cref="BlockIOException">It could not be written; the image is as it was, but for clusters that are lost.</exception>
    public static async ValueTask<long> WriteAsync(Qcow2Image image, IReadOnlyList<Qcow2Snapshot> snapshots)
    {
        byte[] table = ToBytes(snapshots);
        long offset = await image.Allocator.AllocateAsync(image.Geometry.ClustersFor(table.Length));
        try
        {
            await WriteTableAsync(image, table, offset);
        }
        catch (BlockIOException)
        {
            await AbandonAsync(image, offset, table.Length);
            throw;
        }

        try
        {
            await HeaderUpdate.WriteSnapshotTableAsync(image.File, snapshots.Count, offset);
        }
        catch (BlockIOException)
        {
            await GiveUpAsync(image, offset, table.Length);
            throw;
        }

        long oldOffset = image.Header.SnapshotsOffset;
        long oldSize = image.Overlap.SnapshotTableSize;
        image.Header.SnapshotsOffset = offset;
        image.Header.SnapshotCount = snapshots.Count;
        await image.Allocator.FreeAsync(oldOffset, oldSize, image.Settings.DiscardOfSnapshots);
        return table.Length;
    }

    private static async ValueTask WriteTableAsync(Qcow2Image image, byte[] table, long offset)
    {
        await image.RaiseFlushAsync();
        await image.L2Cache.WriteAsync();
        await image.RefcountCache.FlushAsync();
        if (table.Length != 0)
        {
            image.Overlap.Check(MetadataSections.None, offset, table.Length);
            await image.File.WriteAsync(offset, table);
        }

        await image.RaiseFlushAsync();
        await image.File.FlushAsync();
    }

    /// <summary>Frees a table that the header may refer to, once it certainly does not.</summary>
    private static async ValueTask GiveUpAsync(Qcow2Image image, long offset, int length)
    {
        try
        {
            await HeaderUpdate.WriteSnapshotTableAsync(image.File, image.Header.SnapshotCount, image.Header.SnapshotsOffset);
        }
        catch (BlockIOException)
        {
            // It leaks, which is no harm.
            return;
        }

        await AbandonAsync(image, offset, length);
    }

    private static ValueTask AbandonAsync(Qcow2Image image, long offset, int length)
        => length == 0 ? ValueTask.CompletedTask : image.Allocator.AbandonAsync(offset, length, HostDiscard.AtOnce);

    private static byte[] ToBytes(IReadOnlyList<Qcow2Snapshot> snapshots)
    {
        using var table = new MemoryStream();
        Span<byte> entry = stackalloc byte[FixedSize + ExtraSize];
        ReadOnlySpan<byte> padding = stackalloc byte[Alignment];
        foreach (Qcow2Snapshot snapshot in snapshots)
        {
            table.Write(padding[..(int)(-table.Length & (Alignment - 1))]);
            byte[] id = ModifiedUtf8.GetBytes(snapshot.Id);
            byte[] name = ModifiedUtf8.GetBytes(snapshot.Name);
            FillEntry(entry, snapshot, id.Length, name.Length);
            table.Write(entry);
            table.Write(snapshot.UnknownExtra.Span);
            table.Write(id);
            table.Write(name);
        }

        return table.ToArray();
    }

    private static void FillEntry(Span<byte> entry, Qcow2Snapshot snapshot, int idLength, int nameLength)
    {
        BinaryPrimitives.WriteInt64BigEndian(entry, snapshot.L1TableOffset);
        BinaryPrimitives.WriteUInt32BigEndian(entry[8..], snapshot.L1Size);
        BinaryPrimitives.WriteUInt16BigEndian(entry[12..], (ushort)idLength);
        BinaryPrimitives.WriteUInt16BigEndian(entry[14..], (ushort)nameLength);
        BinaryPrimitives.WriteUInt32BigEndian(entry[16..], snapshot.DateSeconds);
        BinaryPrimitives.WriteUInt32BigEndian(entry[20..], snapshot.DateNanoseconds);
        BinaryPrimitives.WriteUInt64BigEndian(entry[24..], snapshot.VmClockNanoseconds);
        BinaryPrimitives.WriteUInt32BigEndian(entry[32..], snapshot.VmStateSize <= uint.MaxValue ? (uint)snapshot.VmStateSize : 0);
        BinaryPrimitives.WriteUInt32BigEndian(entry[36..], (uint)(ExtraSize + snapshot.UnknownExtra.Length));
        BinaryPrimitives.WriteUInt64BigEndian(entry[40..], snapshot.VmStateSize);
        BinaryPrimitives.WriteUInt64BigEndian(entry[48..], snapshot.DiskSize);
        BinaryPrimitives.WriteUInt64BigEndian(entry[56..], snapshot.InstructionCount ?? ulong.MaxValue);
    }
}
