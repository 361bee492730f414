using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Bitmaps;
using QmpHost.Block.Drivers.Qcow2.Encryption;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.IO;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Block.Drivers.Qcow2.Snapshots;
using QmpHost.Block.Graph;
using QmpHost.Block.Loop;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Qcow2;

/// <summary>An open image: its header, its tables, and the parts that work on them.</summary>
/// <remarks>Put together once; used on the event loop only.</remarks>
internal sealed class Qcow2Image
{
    public Qcow2Image(
        BlockNode node,
        BlockChild file,
        BlockChild? dataFile,
        Qcow2Header header,
        Qcow2Geometry geometry,
        Qcow2Settings settings,
        Qcow2Encryption? encryption)
    {
        Node = node;
        File = file;
        ExternalDataFile = dataFile;
        Header = header;
        Geometry = geometry;
        Settings = settings;
        Encryption = encryption;
        bool hasDataFile = dataFile is not null;

        L1 = new OffsetTable { Offset = header.L1TableOffset, Length = header.L1Size };
        RefcountTable = new OffsetTable
        {
            Offset = header.RefcountTableOffset,
            Length = (int)(((long)header.RefcountTableClusters << geometry.ClusterBits) / sizeof(ulong)),
        };
        Overlap = new OverlapGuard(header, geometry, settings.OverlapCheck);
        Corruption = new CorruptionReporter(node, file, header);
        Freed = new FreedClusters(geometry.ClusterBits);
        L2Cache = new MetadataCache(
            file, Overlap, MetadataSections.ActiveL2, settings.L2SliceSize, settings.L2CacheTables, BlkdebugEvent.L2Update)
        {
            DataFile = dataFile,
        };
        RefcountCache = new MetadataCache(
            file, Overlap, MetadataSections.RefcountBlock, geometry.ClusterSize, settings.RefcountCacheBlocks, BlkdebugEvent.RefblockUpdatePart);
        Refcounts = new RefcountStore(file, geometry, RefcountTable, RefcountCache, L2Cache);
        Growth = new RefcountGrowth(
            file, geometry, header, RefcountTable, Refcounts, RefcountCache, L2Cache, Overlap, settings.DiscardOfTables);
        Allocator = new ClusterAllocator(file, geometry, Refcounts, Growth, L2Cache, Freed, Corruption);
        Tables = new L2Tables(file, geometry, L1, L2Cache, RefcountCache, Allocator, Overlap, settings.DiscardOfTables);
        Order = new TableOrder(file, header, L2Cache, RefcountCache, settings.LazyRefcounts);

        Entries = new L2EntryFormat(geometry, hasDataFile);
        Map = new ClusterMap(geometry, Entries, Tables, Lock, hasDataFile);
        Releaser = new ClusterReleaser(geometry, Entries, Allocator, Corruption, dataFile, file);
        BlockChild data = dataFile ?? file;
        GuestCipher? cipher = encryption?.Data;
        Reader = new GuestReader(node, file, data, geometry, header.Compression, Map, cipher);
        RangeReader = new RangeReader(node, data, Map);
        Holes = new HoleDetector(this);
        Partial = new PartialClusters(node, file, data, Map, Reader, Holes, cipher);
        Planner = new WritePlanner(geometry, Entries, Tables, Allocator, Pending, Lock, hasDataFile);
        Linker = new AllocationLinker(geometry, Entries, Tables, Order, Allocator, Releaser, Pending, Lock);
        Writer = new GuestWriter(file, data, Planner, Overlap, Linker, Partial, cipher);
        Compressor = new CompressedWriter(
            file, geometry, Entries, header.Compression, Tables, Order, Allocator, Pending, Overlap, Lock, Writer);
        bool passDiscards = settings.PassDiscardRequest && !IsDataFileRaw;
        Dropper = new ClusterDropper(node, geometry, Entries, Tables, Releaser, Pending, Lock, passDiscards, settings.KeepsDiscardedClusters);
        Zeroes = new ZeroWriter(node, geometry, Map, Dropper, Partial, Holes, Corruption, IsDataFileRaw ? dataFile : null);
        Bitmaps = new PersistentBitmaps(this);
        SnapshotStore = new Qcow2SnapshotStore(this);
    }

    public BlockNode Node { get; }

    /// <summary>Whether a job that makes the image uses it, and no client knows of it.</summary>
    public bool IsBeingCreated => Node.Driver is Qcow2Driver { MakesImage: true };

    public BlockChild File { get; }

    /// <summary>The external data file, or null.</summary>
    public BlockChild? ExternalDataFile { get; }

    /// <summary>Where guest data lies.</summary>
    public BlockChild DataFile => ExternalDataFile ?? File;

    /// <summary>Whether the external data file must always read as the disk does.</summary>
    public bool IsDataFileRaw => (Header.Autoclear & AutoclearFeatures.RawExternalData) != 0;

    public Qcow2Header Header { get; }

    public Qcow2Geometry Geometry { get; }

    public Qcow2Settings Settings { get; }

    /// <summary>How data is encrypted, or null.</summary>
    public Qcow2Encryption? Encryption { get; }

    /// <summary>Held while tables are read into memory or changed.</summary>
    public AsyncLock Lock { get; } = new();

    public OffsetTable L1 { get; }

    public OffsetTable RefcountTable { get; }

    public MetadataCache L2Cache { get; }

    public MetadataCache RefcountCache { get; }

    public RefcountStore Refcounts { get; }

    public RefcountGrowth Growth { get; }

    public ClusterAllocator Allocator { get; }

    public FreedClusters Freed { get; }

    public HoleDetector Holes { get; }

    public L2Tables Tables { get; }

    public L2EntryFormat Entries { get; }

    public TableOrder Order { get; }

    public OverlapGuard Overlap { get; }

    public CorruptionReporter Corruption { get; }

    public PendingAllocations Pending { get; } = new();

    public ClusterMap Map { get; }

    public ClusterReleaser Releaser { get; }

    public GuestReader Reader { get; }

    public RangeReader RangeReader { get; }

    public WritePlanner Planner { get; }

    public AllocationLinker Linker { get; }

    public GuestWriter Writer { get; }

    public PartialClusters Partial { get; }

    public CompressedWriter Compressor { get; }

    public ClusterDropper Dropper { get; }

    public ZeroWriter Zeroes { get; }

    public PersistentBitmaps Bitmaps { get; }

    public Qcow2SnapshotStore SnapshotStore { get; }

    public IReadOnlyList<Qcow2Snapshot> Snapshots { get; private set; } = [];

    /// <summary>Reads the tables that are kept in memory.</summary>
    /// <exception cref="QmpException">They could not be read.</exception>
    public async ValueTask LoadAsync()
    {
        await File.Node.Driver.OnDebugEventAsync(BlkdebugEvent.ReftableLoad);
        await LoadAsync(RefcountTable, "Could not initialize refcount handling");
        await LoadAsync(L1, "Could not read L1 table");
        for (int i = 0; i < RefcountTable.UsedLength; i++)
        {
            Overlap.ReplaceRefcountBlock(0, (long)(RefcountTable[i] & RefcountStore.OffsetMask));
        }

        for (int i = 0; i < L1.UsedLength; i++)
        {
            Overlap.ReplaceL2Table(0, (long)(L1[i] & L2Entry.OffsetMask));
        }
    }

    /// <summary>Changes over to a refcount table that has been written, with its blocks, for the image's repair.</summary>
    public void AdoptRefcountTable(OffsetTable table, int clusters)
    {
        for (int i = 0; i < RefcountTable.UsedLength; i++)
        {
            Overlap.ReplaceRefcountBlock((long)(RefcountTable[i] & RefcountStore.OffsetMask), 0);
        }

        for (int i = 0; i < table.UsedLength; i++)
        {
            Overlap.ReplaceRefcountBlock(0, (long)table[i]);
        }

        RefcountCache.Clear();
        RefcountTable.TakeOver(table);
        Header.RefcountTableOffset = table.Offset;
        Header.RefcountTableClusters = clusters;
    }

    /// <summary>Reads the snapshot table.</summary>
    /// <exception cref="QmpException">It could not be read.</exception>
    public async ValueTask LoadSnapshotsAsync()
    {
        try
        {
            (IReadOnlyList<Qcow2Snapshot> snapshots, long tableSize) = await SnapshotTableReader.ReadAsync(File, Header);
            await AdoptSnapshotsAsync(snapshots, tableSize);
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"Failed to read snapshot table: {e.Message}", e);
        }
    }

    /// <summary>Takes snapshots over, as they stand in the table of the image file, and protects their tables.</summary>
    /// <param name="snapshots">The snapshots.</param>
    /// <param name="tableSize">Length of the table in bytes.</param>
    /// <exception cref="QmpException">A table that is to be protected could not be read.</exception>
    public async ValueTask AdoptSnapshotsAsync(IReadOnlyList<Qcow2Snapshot> snapshots, long tableSize)
    {
        Snapshots = snapshots;
        Overlap.ForgetSnapshots();
        Overlap.SnapshotTableSize = tableSize;
        Errno? fault = null;
        foreach (Qcow2Snapshot snapshot in Snapshots)
        {
            Overlap.AddInactiveL1(snapshot.L1TableOffset, snapshot.L1Size * (long)sizeof(ulong));
            fault ??= snapshot.L1Fault(Geometry);
            if (fault is null && (Settings.OverlapCheck & MetadataSections.InactiveL2) != 0)
            {
                await ProtectTablesAsync(snapshot);
            }
        }

        Overlap.SnapshotFault = fault;
    }

    /// <summary>Takes other entries for the active L1 table, which stand in the image file.</summary>
    /// <param name="entries">The entries, as many as it has.</param>
    public void AdoptL1Entries(OffsetTable entries)
    {
        for (int i = 0; i < L1.UsedLength; i++)
        {
            Overlap.ReplaceL2Table((long)(L1[i] & L2Entry.OffsetMask), 0);
        }

        for (int i = 0; i < entries.UsedLength; i++)
        {
            Overlap.ReplaceL2Table(0, (long)(entries[i] & L2Entry.OffsetMask));
        }

        L1.TakeOver(entries);
    }

    /// <summary>Raises the debug event of a flush of the whole image, which snapshots make of steps of theirs.</summary>
    public ValueTask RaiseFlushAsync() => Node.RaiseOnPrimaryAsync(BlkdebugEvent.FlushToOs);

    /// <summary>Writes changed tables to the image file, in the order that keeps it sound.</summary>
    public async ValueTask WriteTablesAsync()
    {
        using (await Lock.EnterAsync())
        {
            // Clusters freed since the last flush become available, and their space is given up.
            if (Freed.WantsStableTables || Allocator.HasUnordered)
            {
                await L2Cache.FlushAsync();
                await Allocator.FreeUnorderedAsync();
            }
            else
            {
                await L2Cache.WriteAsync();
            }

            if (Order.NeedsAccurateRefcounts)
            {
                await RefcountCache.WriteAsync();
            }
        }
    }

    /// <summary>Makes everything stable and marks the image as closed properly.</summary>
    public async ValueTask FinishAsync()
    {
        await StoreBitmapsAsync();
        using (await Lock.EnterAsync())
        {
            bool isFlushed = await TryFlushAsync(L2Cache, "L2 table cache");
            if (isFlushed)
            {
                await Allocator.FreeUnorderedAsync();
            }

            if (await TryFlushAsync(RefcountCache, "refcount block cache") && isFlushed)
            {
                await Order.MarkCleanAsync();
            }
        }

        await Freed.DiscardAsync(File);
    }

    /// <summary>Makes the image file complete, so that somebody else could go on with it.</summary>
    public async ValueTask SettleAsync()
    {
        using (await Lock.EnterAsync())
        {
            await L2Cache.FlushAsync();
            await Allocator.FreeUnorderedAsync();
            await RefcountCache.FlushAsync();
            await Order.MarkCleanAsync();
        }

        await Freed.DiscardAsync(File);
    }

    /// <summary>Another instance for the same image, which nobody uses at the moment, with other settings.</summary>
    /// <exception cref="QmpException">The tables could not be read.</exception>
    public async ValueTask<Qcow2Image> WithSettingsAsync(Qcow2Settings settings)
    {
        var image = new Qcow2Image(Node, File, ExternalDataFile, Header, Geometry, settings, Encryption);
        await image.LoadAsync();
        await image.LoadSnapshotsAsync();
        image.Bitmaps.TakeOver(Bitmaps);
        return image;
    }

    private async ValueTask<bool> TryFlushAsync(MetadataCache cache, string name)
    {
        try
        {
            await cache.FlushAsync();
            return true;
        }
        catch (BlockIOException e)
        {
            TellFailedFlush(name, e.Errno);
            return false;
        }
        catch (ImageCorruptException e)
        {
            await Corruption.ReportFatalAsync(e);
            TellFailedFlush(name, Errno.EIO);
            return false;
        }
    }

    private void TellFailedFlush(string name, Errno error)
        => Node.Graph.Context.Report(
            IsBeingCreated ? ReportKind.RequestFailure : ReportKind.Failure, $"Failed to flush the {name}: {error.Describe()}");

    private async ValueTask StoreBitmapsAsync()
    {
        try
        {
            await Bitmaps.StoreAsync();
        }
        catch (QmpException e)
        {
            Bitmaps.ReportLoss(e.Message);
        }
    }

    private async ValueTask LoadAsync(OffsetTable table, string failure)
    {
        try
        {
            await table.LoadAsync(File);
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"{failure}: {e.Message}", e);
        }
    }

    private async ValueTask ProtectTablesAsync(Qcow2Snapshot snapshot)
    {
        var l1 = new OffsetTable { Offset = snapshot.L1TableOffset, Length = (int)snapshot.L1Size };
        await LoadAsync(l1, "Could not read L1 table");
        for (int i = 0; i < l1.UsedLength; i++)
        {
            if ((l1[i] & L2Entry.OffsetMask) != 0)
            {
                Overlap.AddInactiveL2((long)(l1[i] & L2Entry.OffsetMask));
            }
        }
    }
}
