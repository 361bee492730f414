using System.Buffers.Binary;

namespace QmpHost.IoTests.Faults;

/// <summary>Reads the tables of a qcow2 image, as far as there are any: what lies outside of the file is zero.</summary>
/// <param name="image">The image file's bytes.</param>
internal sealed class ImageTables(byte[] image)
{
    private const ulong Compressed = 1UL << 62;
    private const ulong OffsetMask = 0x00ff_ffff_ffff_fe00;
    private const int ExtendedL2 = 1 << 4;

    /// <summary>The size of a cluster, as a power of two.</summary>
    public int ClusterBits => (int)Number(20, 4);

    /// <summary>Whether clusters have a size that there is.</summary>
    public bool IsReadable => ClusterBits is >= 9 and <= 21;

    private int Step => Number(4, 4) > 2 && (Number(72, 8) & ExtendedL2) != 0 ? 16 : 8;

    /// <summary>Whether an entry of an L2 table is one of compressed data.</summary>
    public static bool IsCompressed(ulong entry) => (entry & Compressed) != 0;

    /// <summary>The host offset of an entry that is not compressed, 0 for none.</summary>
    public static long OffsetOf(ulong entry) => (long)(entry & OffsetMask);

    /// <summary>The host offsets of the L2 tables of the disk.</summary>
    public IReadOnlySet<long> Active()
    {
        var tables = new HashSet<long>();
        Add((long)Number(40, 8), (long)Number(36, 4), tables);
        return tables;
    }

    /// <summary>The host offsets of the L2 tables of the disk and its snapshots.</summary>
    public IReadOnlySet<long> All()
    {
        var tables = new HashSet<long>(Active());
        long snapshot = (long)Number(64, 8);
        for (long left = (long)Number(60, 4); left > 0 && snapshot > 0 && snapshot < image.Length; left--)
        {
            Add((long)Number(snapshot, 8), (long)Number(snapshot + 8, 4), tables);
            ulong names = Number(snapshot + 12, 4);
            long length = 40 + (long)(names >> 16) + (long)(names & 0xffff) + (long)Number(snapshot + 36, 4);
            snapshot += (length + 7) & ~7L;
        }

        return tables;
    }

    /// <summary>The entries of an L2 table, without bitmaps of subclusters.</summary>
    /// <param name="table">Its host offset.</param>
    public IEnumerable<ulong> Entries(long table)
    {
        int step = Step;
        for (long entry = table; entry < table + (1L << ClusterBits); entry += step)
        {
            yield return Number(entry, 8);
        }
    }

    /// <summary>The host offsets of the blocks of refcounts.</summary>
    public IEnumerable<long> RefcountBlocks()
    {
        long table = (long)Number(48, 8);
        for (long entry = table; entry < Math.Min(table + ((long)Number(56, 4) << ClusterBits), image.Length); entry += sizeof(ulong))
        {
            if (OffsetOf(Number(entry, 8)) is not 0 and var offset)
            {
                yield return offset;
            }
        }
    }

    /// <summary>The host offsets of all clusters of header and tables.</summary>
    public IEnumerable<long> Metadata()
        => [0, .. Clusters((long)Number(48, 8), (long)Number(56, 4) << ClusterBits), .. RefcountBlocks(), .. Clusters((long)Number(40, 8), (long)Number(36, 4) * sizeof(ulong)), .. All()];

    /// <summary>Whether a cluster has references by its count.</summary>
    /// <param name="cluster">Its index.</param>
    public bool IsCounted(long cluster)
    {
        int order = Number(4, 4) < 3 ? 4 : (int)Number(96, 4);
        int blockBits = ClusterBits + 3 - order;
        long block = OffsetOf(Number((long)Number(48, 8) + ((cluster >> blockBits) * sizeof(ulong)), 8));
        long bit = (cluster & ((1L << blockBits) - 1)) << order;
        return block != 0 && (order < 3
            ? (Number(block + (bit >> 3), 1) >> (int)(bit & 7) & ((1UL << (1 << order)) - 1)) != 0
            : Enumerable.Range(0, 1 << (order - 3)).Any(i => Number(block + (bit >> 3) + i, 1) != 0));
    }

    private IEnumerable<long> Clusters(long start, long bytes)
    {
        for (long offset = start; offset < Math.Min(start + bytes, image.Length); offset += 1L << ClusterBits)
        {
            yield return offset;
        }
    }

    private void Add(long l1, long entries, HashSet<long> tables)
    {
        for (long i = 0; i < Math.Min(entries, image.Length / sizeof(ulong)); i++)
        {
            long table = OffsetOf(Number(l1 + (i * sizeof(ulong)), 8));
            if (table != 0)
            {
                tables.Add(table);
            }
        }
    }

    private ulong Number(long offset, int size)
    {
        if (offset < 0 || offset + size > image.Length)
        {
            return 0;
        }

        ReadOnlySpan<byte> field = image.AsSpan((int)offset, size);
        return size switch
        {
            1 => field[0],
            4 => BinaryPrimitives.ReadUInt32BigEndian(field),
            _ => BinaryPrimitives.ReadUInt64BigEndian(field),
        };
    }
}
