namespace QmpHost.Block.Tests.Drivers.Qcow2.PowerLoss;

/// <summary>
/// What was done to some files, in moments that are counted, so that the files can be made as a loss of power at any of them leaves
/// them: what a flush had made stable is there, the rest is there in part, in any order, sectors of one write apart from each other.
/// </summary>
internal sealed class PowerJournal
{
    private const int Sector = 512;

    private readonly List<JournalEntry> _entries = [];
    private readonly Dictionary<string, (MemoryDisk Disk, byte[] Contents)> _files = [];

    /// <summary>How many moments have passed.</summary>
    public long Now { get; private set; }

    /// <summary>Begins to watch a file.</summary>
    public void Watch(string name, MemoryDisk disk)
    {
        _files.Add(name, (disk, disk.ToArray()));
        disk.Journal = this;
    }

    /// <summary>Something is about to be done to a file.</summary>
    public JournalEntry Begin(MemoryDisk disk, DiskOperation operation)
    {
        var entry = new JournalEntry(disk, operation, Tick());
        _entries.Add(entry);
        return entry;
    }

    /// <summary>It is done.</summary>
    public void End(JournalEntry entry) => entry.Ended = Tick();

    /// <summary>Lets a moment pass, and gives it.</summary>
    public long Tick() => ++Now;

    /// <summary>The files as they are found after a loss of power.</summary>
    /// <param name="moment">When.</param>
    /// <param name="random">Decides what is lost.</param>
    public Dictionary<string, MemoryDisk> Lose(long moment, Random random)
    {
        int style = random.Next(6);
        double kept = style switch { 0 => 0, 1 => 1, _ => random.NextDouble() };
        bool tears = style > 3;
        return _files.ToDictionary(
            static file => file.Key, file => Lose(file.Value.Disk, file.Value.Contents, moment, random, kept, tears));
    }

    private MemoryDisk Lose(MemoryDisk disk, byte[] contents, long moment, Random random, double kept, bool tears)
    {
        JournalEntry[] entries = [.. _entries.Where(entry => entry.Disk == disk && entry.Begun <= moment)];
        long stable = entries.Where(entry => entry.Operation.IsFlush && entry.Ended <= moment)
            .Select(static flush => flush.Begun).DefaultIfEmpty(0).Max();
        var found = new MemoryDisk([.. contents]);
        var written = new MemoryDisk([.. contents]);
        foreach (JournalEntry entry in entries.OrderBy(static entry => entry.Ended))
        {
            written.Apply(entry.Operation);
            bool isStable = entry.Ended < stable;
            if (entry.Operation.Data is { } data)
            {
                bool isKept = isStable || tears || random.NextDouble() < kept;
                Copy(written, found, entry.Operation.Offset, isKept ? data.Length : 0, () => isStable || !tears || random.NextDouble() < kept);
            }
            else if (entry.Operation.NewLength >= 0 && (isStable || random.NextDouble() < kept))
            {
                found.Apply(entry.Operation);
            }
        }

        return found;
    }

    // A sector is written whole, with all that was written to it before. So is the header with its extensions and names, although it
    // may be longer: it is written at once, by QEMU as well, and no order helps where it is torn.
    private static void Copy(MemoryDisk from, MemoryDisk to, long offset, int bytes, Func<bool> isKept)
    {
        byte[] sector = new byte[Sector];
        bool? isHeaderKept = offset == 0 ? isKept() : null;
        for (long at = offset / Sector * Sector; at < offset + bytes; at += Sector)
        {
            if (isHeaderKept ?? isKept())
            {
                from.Read(at, sector);
                to.Write(at, sector.AsSpan(0, (int)Math.Max(0, Math.Min(Sector, from.Length - at))));
            }
        }
    }
}
