namespace QmpHost.IoTests.Faults;

/// <summary>
/// Finds clusters that hold compressed data and something else at the same time. QEMU goes on filling a cluster with compressed data
/// after it was freed and given to somebody else; its counts are right then, so that qemu-img check finds nothing.
/// </summary>
internal static class SharedClusters
{
    private const ulong CompressedFields = (1UL << 62) - 1;

    /// <summary>Whether an image has such clusters.</summary>
    public static bool Has(string path)
    {
        var tables = new ImageTables(File.ReadAllBytes(path));
        var plain = new HashSet<long>();
        var compressed = new HashSet<long>();
        if (!tables.IsReadable)
        {
            return false;
        }

        foreach (long table in tables.All())
        {
            plain.Add(table >> tables.ClusterBits);
            foreach (ulong entry in tables.Entries(table))
            {
                Sort(entry, tables.ClusterBits, plain, compressed);
            }
        }

        return compressed.Overlaps(plain);
    }

    /// <summary>How many compressed clusters the disk has.</summary>
    public static int CountCompressed(string path)
    {
        var tables = new ImageTables(File.ReadAllBytes(path));
        return tables.IsReadable ? tables.Active().Sum(table => tables.Entries(table).Count(ImageTables.IsCompressed)) : 0;
    }

    private static void Sort(ulong entry, int bits, HashSet<long> plain, HashSet<long> compressed)
    {
        if (!ImageTables.IsCompressed(entry))
        {
            if (ImageTables.OffsetOf(entry) is not 0 and var offset)
            {
                plain.Add(offset >> bits);
            }

            return;
        }

        int sectorShift = 62 - (bits - 8);
        long start = (long)(entry & ((1UL << sectorShift) - 1));
        long sectors = (long)((entry & CompressedFields) >> sectorShift) + 1;
        long end = (start & ~511L) + (sectors * 512);
        for (long cluster = start >> bits; cluster <= (end - 1) >> bits; cluster++)
        {
            compressed.Add(cluster);
        }
    }
}
