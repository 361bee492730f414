using QmpHost.Block.Bitmaps;
using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Qapi;

namespace QmpHost.Block.Drivers.Qcow2.Bitmaps;

/// <summary>Reads stored bits into bitmaps.</summary>
internal static class BitmapReader
{
    private const ulong OffsetMask = 0x00ff_ffff_ffff_fe00;
    private const ulong AllOnes = 1;

    /// <summary>Reads a table.</summary>
    /// <exception cref="BlockIOException">EINVAL: an entry is not valid.</exception>
    public static async ValueTask<OffsetTable> ReadTableAsync(Qcow2Image image, StoredBitmap stored)
    {
        var table = new OffsetTable { Offset = stored.TableOffset, Length = stored.TableEntries };
        await table.LoadAsync(image.File);
        for (int i = 0; i < table.UsedLength; i++)
        {
            ulong entry = table[i];
            bool valid = (entry & ~(OffsetMask | AllOnes)) == 0
                && image.Geometry.IsAligned((long)(entry & OffsetMask))
                && ((entry & OffsetMask) == 0 || (entry & AllOnes) == 0);
            if (!valid)
            {
                throw new BlockIOException(Errno.EINVAL);
            }
        }

        return table;
    }

    /// <summary>Reads a bitmap.</summary>
    /// <exception cref="QmpException">It cannot be read.</exception>
    public static async ValueTask ReadAsync(Qcow2Image image, StoredBitmap stored, HierarchicalBitmap bits)
    {
        OffsetTable table;
        try
        {
            table = await ReadTableAsync(image, stored);
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"Could not read bitmap_table table from image for bitmap '{stored.Name}': {e.Message}", e);
        }

        try
        {
            await ReadBitsAsync(image, stored, table, bits);
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"Could not read bitmap '{stored.Name}' from image: {e.Message}", e);
        }
    }

    private static async ValueTask ReadBitsAsync(Qcow2Image image, StoredBitmap stored, OffsetTable table, HierarchicalBitmap bits)
    {
        int clusterSize = image.Geometry.ClusterSize;
        if (image.Geometry.ClustersFor(StoredBitmap.BytesFor(bits.Size, stored.Granularity)) != table.Length)
        {
            throw new BlockIOException(Errno.EINVAL);
        }

        byte[] cluster = new byte[clusterSize];
        for (int i = 0; i < table.UsedLength; i++)
        {
            long position = (long)i * clusterSize;
            long offset = (long)(table[i] & OffsetMask);
            if (offset != 0)
            {
                await image.File.ReadAsync(offset, cluster);
                bits.DeserialisePart(position, cluster);
            }
            else if ((table[i] & AllOnes) != 0)
            {
                bits.DeserialiseUniform(position, clusterSize, dirty: true);
            }
        }
    }
}
