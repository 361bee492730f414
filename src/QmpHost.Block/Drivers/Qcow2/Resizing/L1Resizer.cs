using System.Buffers.Binary;
using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Qcow2.Resizing;

/// <summary>Makes the active L1 table longer, or empties its end.</summary>
internal sealed class L1Resizer(Qcow2Image image)
{
    private const int HeaderFieldsSize = 12;

    /// <summary>Moves the table to a place where it has more entries.</summary>
    /// <param name="entries">How many it needs; fewer than it has is no work.</param>
    /// <exception cref="BlockIOException">EFBIG: no table may be that long.</exception>
    public async ValueTask GrowAsync(long entries)
    {
        if (entries <= image.L1.Length)
        {
            return;
        }

        if (entries > Qcow2Geometry.MaxL1Bytes / sizeof(ulong))
        {
            throw new BlockIOException(Errno.EFBIG);
        }

        using (await image.Lock.EnterAsync())
        {
            await GrowLockedAsync((int)entries);
        }
    }

    /// <summary>
    /// Makes the table longer for a place behind the disk's end, where the state of a machine is written, by more than that needs:
    /// more of it will follow.
    /// </summary>
    /// <param name="entries">How many entries it needs; fewer than it has is no work.</param>
    public ValueTask GrowAmplyAsync(long entries)
    {
        long ample = Math.Max(image.L1.Length, 1);
        while (ample < entries)
        {
            ample = ((ample * 3) + 1) / 2;
        }

        return GrowAsync(ample);
    }

    /// <summary>Drops the tables of the entries at and behind an index.</summary>
    public async ValueTask ShrinkAsync(int entries)
    {
        using (await image.Lock.EnterAsync())
        {
            await ShrinkLockedAsync(entries);
        }
    }

    private async ValueTask GrowLockedAsync(int entries)
    {
        Qcow2Geometry geometry = image.Geometry;
        BlockChild file = image.File;
        await file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.L1GrowAllocTable);
        int bytes = entries * sizeof(ulong);
        long offset = await image.Allocator.AllocateAsync(geometry.ClustersFor(bytes), isFlushNext: true);
        try
        {
            await WriteCopyAsync(offset, bytes);
            await file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.L1GrowActivateTable);
            await file.WriteAsync(Qcow2Header.L1SizeOffset, HeaderFields(entries, offset));
        }
        catch (BlockIOException)
        {
            // Nothing refers to the new table.
            await image.Allocator.AbandonAsync(offset, bytes, image.Settings.DiscardOfTables);
            throw;
        }

        // From here on the file speaks of the new table, and so must every later change. Until that is stable, the old one stays:
        // after a failed flush until another one succeeds.
        long oldOffset = image.L1.Offset;
        long oldSize = image.L1.Size;
        image.L1.Offset = image.Header.L1TableOffset = offset;
        image.L1.Length = image.Header.L1Size = entries;
        try
        {
            await file.FlushAsync();
        }
        catch (BlockIOException) when (oldSize != 0)
        {
            image.Allocator.FreeWhenStable(oldOffset, oldSize, image.Settings.DiscardOfTables);
            throw;
        }

        await image.Allocator.FreeAsync(oldOffset, oldSize, image.Settings.DiscardOfTables);
    }

    private async ValueTask WriteCopyAsync(long offset, int bytes)
    {
        await image.RefcountCache.FlushAsync();
        image.Overlap.Check(MetadataSections.None, offset, bytes);
        await image.File.Node.Driver.OnDebugEventAsync(BlkdebugEvent.L1GrowWriteTable);
        byte[] table = new byte[bytes];
        image.L1.CopyTo(0, table);
        await image.File.WriteAsync(offset, table);
        await image.File.FlushAsync();
    }

    private static byte[] HeaderFields(int entries, long offset)
    {
        byte[] fields = new byte[HeaderFieldsSize];
        BinaryPrimitives.WriteInt32BigEndian(fields, entries);
        BinaryPrimitives.WriteInt64BigEndian(fields.AsSpan(sizeof(int)), offset);
        return fields;
    }

    private async ValueTask ShrinkLockedAsync(int entries)
    {
        OffsetTable l1 = image.L1;
        int used = l1.UsedLength;
        if (entries >= used)
        {
            return;
        }

        // The entries go first: a table that nobody refers to is a leak, a reference to a freed table is not.
        await image.File.Node.Driver.OnDebugEventAsync(BlkdebugEvent.L1ShrinkWriteTable);
        await image.L2Cache.FlushAsync();
        await image.File.WriteZeroesAsync(l1.Offset + ((long)entries * sizeof(ulong)), (used - entries) * (long)sizeof(ulong), RequestFlags.None);
        await image.File.FlushAsync();

        await image.File.Node.Driver.OnDebugEventAsync(BlkdebugEvent.L1ShrinkFreeL2Clusters);
        var tables = new List<long>();
        for (int i = entries; i < used; i++)
        {
            long table = (long)(l1[i] & L2Entry.OffsetMask);
            if (table != 0)
            {
                tables.Add(table);
                image.Overlap.ReplaceL2Table(table, 0);
            }
        }

        l1.ClearFrom(entries);
        foreach (long table in tables)
        {
            await image.Allocator.FreeAsync(table, image.Geometry.ClusterSize, HostDiscard.AtOnce);
        }
    }
}
