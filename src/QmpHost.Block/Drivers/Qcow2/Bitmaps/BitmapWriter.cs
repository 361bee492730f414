using System.Buffers.Binary;
using System.Numerics;
using QmpHost.Block.Bitmaps;
using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.Metadata;

namespace QmpHost.Block.Drivers.Qcow2.Bitmaps;

/// <summary>Writes bitmaps and directories to new places in the image file, and gives old places back.</summary>
/// <remarks>Called under the image's metadata lock. Nothing refers to what was written until the header does.</remarks>
internal static class BitmapWriter
{
    private const ulong OffsetMask = 0x00ff_ffff_ffff_fe00;

    /// <summary>Writes a bitmap's bits and table.</summary>
    /// <returns>Its directory entry.</returns>
    public static async ValueTask<StoredBitmap> WriteAsync(Qcow2Image image, DirtyBitmap bitmap)
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
                long offset = await WriteNewAsync(image, cluster);
                BinaryPrimitives.WriteInt64BigEndian(table.AsSpan(i * sizeof(ulong)), offset);
            }
        }

        return new StoredBitmap(
            bitmap.Name!,
            BitOperations.TrailingZeroCount(bitmap.Granularity),
            bitmap.IsRecording ? StoredBitmapFlags.Auto : StoredBitmapFlags.None,
            await WriteNewAsync(image, table),
            table.Length / sizeof(ulong));
    }

    /// <summary>Writes bytes to newly allocated clusters.</summary>
    /// <returns>Where they lie.</returns>
    public static async ValueTask<long> WriteNewAsync(Qcow2Image image, byte[] bytes)
    {
        long offset = await image.Allocator.AllocateAsync(image.Geometry.ClustersFor(bytes.Length));
        image.Overlap.Check(MetadataSections.None, offset, bytes.Length);
        await image.File.WriteAsync(offset, bytes);
        return offset;
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
