using System.Buffers.Binary;
using System.Numerics;
using QmpHost.Block.Bitmaps;
using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Qapi;

namespace QmpHost.Block.Drivers.Qcow2.Bitmaps;

/// <summary>Writes bitmaps and directories to new places in the image file, and gives old places back.</summary>
/// <remarks>Called under the image's metadata lock. Nothing refers to what was written until the header does.</remarks>
internal static class BitmapWriter
{
    private const ulong OffsetMask = 0x00ff_ffff_ffff_fe00;

    /// <summary>Writes a bitmap's bits and table.</summary>
    /// <returns>Its directory entry.</returns>
    /// <exception cref="QmpException">It could not be written; nothing of it is left.</exception>
    public static async ValueTask<StoredBitmap> WriteAsync(Qcow2Image image, DirtyBitmap bitmap)
    {
        var written = new List<long>();
        try
        {
            return await WriteAsync(image, bitmap, written);
        }
        catch (QmpException)
        {
            foreach (long offset in written)
            {
                await image.Allocator.AbandonAsync(offset, image.Geometry.ClusterSize, HostDiscard.AtOnce);
            }

            throw;
        }
    }

    private static async ValueTask<StoredBitmap> WriteAsync(Qcow2Image image, DirtyBitmap bitmap, List<long> written)
    {
        Qcow2Geometry geometry = image.Geometry;
        long bytes = StoredBitmap.BytesFor(bitmap.Size, bitmap.Granularity);
        byte[] table = new byte[geometry.ClustersFor(bytes) * sizeof(ulong)];
        byte[] cluster = new byte[geometry.ClusterSize];
        for (int i = 0; i < table.Length / sizeof(ulong); i++)
        {
            bitmap.Bits.SerialisePart((long)i * cluster.Length, cluster);
            if (cluster.AsSpan().ContainsAnyExcept((byte)0))
            {
                long offset = await WritePartAsync(image, bitmap.Name!, cluster);
                written.Add(offset);
                BinaryPrimitives.WriteInt64BigEndian(table.AsSpan(i * sizeof(ulong)), offset);
            }
        }

        return new StoredBitmap(
            bitmap.Name!,
            BitOperations.TrailingZeroCount(bitmap.Granularity),
            bitmap.IsRecording ? StoredBitmapFlags.Auto : StoredBitmapFlags.None,
            await WritePartAsync(image, bitmap.Name!, table),
            table.Length / sizeof(ulong));
    }

    /// <summary>Writes a part of a bitmap to newly allocated clusters; each step has words of its own for its failure.</summary>
    private static async ValueTask<long> WritePartAsync(Qcow2Image image, string name, byte[] bytes)
    {
        long offset = 0;
        await DoAsync(
            image,
            $"Failed to allocate clusters for bitmap '{name}'",
            async () => offset = await image.Allocator.AllocateAsync(image.Geometry.ClustersFor(bytes.Length)));
        try
        {
            await DoAsync(image, "Qcow2 overlap check failed", () =>
            {
                image.Overlap.Check(MetadataSections.None, offset, bytes.Length);
                return ValueTask.CompletedTask;
            });
            await DoAsync(image, $"Failed to write bitmap '{name}' to file", () => image.File.WriteAsync(offset, bytes));
            return offset;
        }
        catch (QmpException) when (offset != 0)
        {
            await GiveBackAsync(image, offset, bytes.Length);
            throw;
        }
    }

    // What was taken for free may be in use after all: its contents must stay.
    private static ValueTask GiveBackAsync(Qcow2Image image, long offset, long bytes)
        => image.Allocator.AbandonAsync(offset, bytes, image.Corruption.IsBroken ? HostDiscard.Never : image.Settings.DiscardOfTables);

    private static async ValueTask DoAsync(Qcow2Image image, string failure, Func<ValueTask> step)
    {
        if (await image.Corruption.AttemptAsync(step) is { } error)
        {
            throw new QmpException($"{failure}: {error.Describe()}");
        }
    }

    /// <summary>Writes bytes to newly allocated clusters.</summary>
    /// <returns>Where they lie.</returns>
    public static async ValueTask<long> WriteNewAsync(Qcow2Image image, byte[] bytes)
    {
        long offset = await image.Allocator.AllocateAsync(image.Geometry.ClustersFor(bytes.Length));
        try
        {
            image.Overlap.Check(MetadataSections.None, offset, bytes.Length);
            await image.File.WriteAsync(offset, bytes);
            return offset;
        }
        catch (BlockIOException) when (offset != 0)
        {
            await GiveBackAsync(image, offset, bytes.Length);
            throw;
        }
        catch (ImageCorruptException) when (offset != 0)
        {
            await image.Allocator.AbandonAsync(offset, bytes.Length);
            throw;
        }
    }

    /// <summary>Gives back the clusters of a bitmap that nothing refers to any more.</summary>
    public static async ValueTask FreeAsync(Qcow2Image image, StoredBitmap stored)
    {
        try
        {
            OffsetTable table = await BitmapReader.ReadTableAsync(image, stored);
            for (int i = 0; i < table.UsedLength; i++)
            {
                long offset = (long)(table[i] & OffsetMask);
                if (offset != 0)
                {
                    await image.Allocator.FreeAsync(offset, image.Geometry.ClusterSize, HostDiscard.AtOnce);
                    await image.Freed.DiscardAsync(image.File);
                }
            }
        }
        catch (BlockIOException)
        {
            // A broken table leaves leaks, which do no harm.
        }

        await image.Allocator.FreeAsync(stored.TableOffset, stored.TableEntries * (long)sizeof(ulong), image.Settings.DiscardOfTables);
    }
}
