using System.Buffers.Binary;

namespace QmpHost.IoTests.Faults;

/// <summary>
/// Finds clusters that hold compressed data and something else at the same time. QEMU goes on filling a cluster with compressed data
/// after it was freed and given to somebody else; its counts are right then, so that qemu-img check finds nothing.
/// </summary>
internal static class SharedClusters
{
    private const ulong Compressed = 1UL << 62;
    private const ulong OffsetMask = 0x00ff_ffff_ffff_fe00;
    private const int ExtendedL2 = 1 << 4;

    /// <summary>Whether an image has such clusters.</summary>
    public static bool Has(string path)
    {
        byte[] image = File.ReadAllBytes(path);
        var plain = new HashSet<long>();
        var compressed = new HashSet<long>();
        int bits = (int)Read(image, 20, 4);
        if (bits is < 9 or > 21)
        {
            return false;
        }

        int step = Step(image);
        foreach (long table in Tables(image))
        {
            plain.Add(table >> bits);
            for (long entry = table; entry < table + (1L << bits); entry += step)
            {
                Sort(Read(image, entry, 8), bits, plain, compressed);
            }
        }

        return compressed.Overlaps(plain);
    }

    /// <summary>How many compressed clusters the disk has.</summary>
    public static int CountCompressed(string path)
    {
        byte[] image = File.ReadAllBytes(path);
        int bits = (int)Read(image, 20, 4);
        if (bits is < 9 or > 21)
        {
            return 0;
        }

        var tables = new HashSet<long>();
        AddTables(image, (long)Read(image, 40, 8), (long)Read(image, 36, 4), tables);
        int step = Step(image);
        return tables.Sum(table => Enumerable.Range(0, (1 << bits) / step).Count(i => (Read(image, table + (i * step), 8) & Compressed) != 0));
    }

    private static int Step(byte[] image) => Read(image, 4, 4) > 2 && (Read(image, 72, 8) & ExtendedL2) != 0 ? 16 : 8;

    private static HashSet<long> Tables(byte[] image)
    {
        var tables = new HashSet<long>();
        AddTables(image, (long)Read(image, 40, 8), (long)Read(image, 36, 4), tables);
        long snapshot = (long)Read(image, 64, 8);
        for (long left = (long)Read(image, 60, 4); left > 0 && snapshot > 0 && snapshot < image.Length; left--)
        {
            AddTables(image, (long)Read(image, snapshot, 8), (long)Read(image, snapshot + 8, 4), tables);
            ulong names = Read(image, snapshot + 12, 4);
            long length = 40 + (long)(names >> 16) + (long)(names & 0xffff) + (long)Read(image, snapshot + 36, 4);
            snapshot += (length + 7) & ~7L;
        }

        return tables;
    }

    private static void AddTables(byte[] image, long l1, long entries, HashSet<long> tables)
    {
        for (long i = 0; i < Math.Min(entries, image.Length / sizeof(ulong)); i++)
        {
            long table = (long)(Read(image, l1 + (i * sizeof(ulong)), 8) & OffsetMask);
            if (table != 0)
            {
                tables.Add(table);
            }
        }
    }

    private static void Sort(ulong entry, int bits, HashSet<long> plain, HashSet<long> compressed)
    {
        if ((entry & Compressed) == 0)
        {
            if ((entry & OffsetMask) != 0)
            {
                plain.Add((long)(entry & OffsetMask) >> bits);
            }

            return;
        }

        int sectorShift = 62 - (bits - 8);
        long start = (long)(entry & ((1UL << sectorShift) - 1));
        long sectors = (long)((entry & (Compressed - 1)) >> sectorShift) + 1;
        long end = (start & ~511L) + (sectors * 512);
        for (long cluster = start >> bits; cluster <= (end - 1) >> bits; cluster++)
        {
            compressed.Add(cluster);
        }
    }

    private static ulong Read(byte[] image, long offset, int size)
    {
        if (offset < 0 || offset + size > image.Length)
        {
            return 0;
        }

        ReadOnlySpan<byte> field = image.AsSpan((int)offset, size);
        return size == 4 ? BinaryPrimitives.ReadUInt32BigEndian(field) : BinaryPrimitives.ReadUInt64BigEndian(field);
    }
}
