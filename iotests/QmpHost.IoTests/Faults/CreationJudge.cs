namespace QmpHost.IoTests.Faults;

/// <summary>Judges images that were made, or could not be made, over an old file.</summary>
internal static class CreationJudge
{
    /// <summary>
    /// Whether two new images are the same, header and tables included, but for clusters of the disk that QEMU has left as the old file
    /// had them: QmpHost's are empty.
    /// </summary>
    /// <param name="oracle">QEMU's image file.</param>
    /// <param name="own">QmpHost's image file.</param>
    public static bool ShowsOldContents(byte[] oracle, byte[] own)
    {
        var tables = new ImageTables(own);
        if (oracle.Length != own.Length || !tables.IsReadable)
        {
            return false;
        }

        HashSet<long> data = DataClusters(tables);
        bool isOld = false;
        for (int at = 0; at < own.Length; at++)
        {
            if (oracle[at] != own[at])
            {
                if (own[at] != 0 || !data.Contains((long)at >> tables.ClusterBits))
                {
                    return false;
                }

                isOld = true;
            }
        }

        return isOld;
    }

    /// <summary>Whether the disk of a new image shows something.</summary>
    /// <param name="image">The image file.</param>
    public static bool ShowsAnything(byte[] image)
    {
        var tables = new ImageTables(image);
        return tables.IsReadable && DataClusters(tables).Any(
            cluster => image.Skip((int)(cluster << tables.ClusterBits)).Take(1 << tables.ClusterBits).Any(static value => value != 0));
    }

    /// <summary>
    /// Whether QmpHost's image, which both sides gave up with the same words, is none yet, as it has no magic number, or is QEMU's but for
    /// counts, for clusters that are not in use, and for old contents.
    /// </summary>
    /// <param name="oracle">QEMU's image file.</param>
    /// <param name="own">QmpHost's image file.</param>
    /// <param name="isClean">Whether no errors or leaks were found in QmpHost's image; otherwise it counts no cluster that QEMU's does not.</param>
    public static bool IsGivenUp(byte[] oracle, byte[] own, bool isClean)
    {
        // Its counts are there from the start, QEMU's are not.
        bool isNone = own.AsSpan().StartsWith((ReadOnlySpan<byte>)[0, 0, 0, 0]);
        var theirs = new ImageTables(oracle);
        var tables = isNone ? new ImageTables([.. oracle.Take(sizeof(uint)), .. own.Skip(sizeof(uint))]) : new ImageTables(own);
        if (!tables.IsReadable)
        {
            return false;
        }

        int bits = tables.ClusterBits;
        HashSet<long> counts = [.. tables.RefcountBlocks().Select(offset => offset >> bits)];
        HashSet<long> metadata = [.. tables.Metadata().Select(offset => offset >> bits)];
        bool isExplained = isClean || isNone || Enumerable.Range(0, (own.Length >> bits) + 1).All(cluster => !tables.IsCounted(cluster) || theirs.IsCounted(cluster));
        for (int at = isNone ? sizeof(uint) : 0; isExplained && at < Math.Max(own.Length, oracle.Length); at++)
        {
            long cluster = (long)at >> bits;
            bool isSame = at < Math.Min(own.Length, oracle.Length) && oracle[at] == own[at];
            bool isOld = at < own.Length && own[at] == 0 && !metadata.Contains(cluster);
            isExplained = isSame || isOld || counts.Contains(cluster) || !tables.IsCounted(cluster);
        }

        return isExplained;
    }

    private static HashSet<long> DataClusters(ImageTables tables)
        => [.. tables.Active().SelectMany(tables.Entries).Where(static entry => !ImageTables.IsCompressed(entry))
            .Select(static entry => ImageTables.OffsetOf(entry)).Where(static offset => offset != 0).Select(offset => offset >> tables.ClusterBits)];
}
