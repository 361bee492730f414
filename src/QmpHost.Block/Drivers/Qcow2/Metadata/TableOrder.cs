using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Graph;

namespace QmpHost.Block.Drivers.Qcow2.Metadata;

/// <summary>
/// Sees to it that refcounts are stable before tables that rely on them; or, with lazy refcounts, that the image is
/// marked dirty instead, so that they are rebuilt if need be.
/// </summary>
/// <remarks>Called under the image's metadata lock.</remarks>
internal sealed class TableOrder(
    BlockChild file, Qcow2Header header, MetadataCache l2Cache, MetadataCache refcountCache, bool lazyRefcounts)
{
    /// <summary>Whether refcounts may be written late.</summary>
    public bool LazyRefcounts { get; set; } = lazyRefcounts;

    /// <summary>Whether a flush must write the refcounts.</summary>
    public bool NeedsAccurateRefcounts => !header.Has(IncompatibleFeatures.Dirty);

    /// <summary>Called before an L2 table is changed to refer to newly counted clusters.</summary>
    public async ValueTask BeforeLinkAsync()
    {
        if (LazyRefcounts)
        {
            try
            {
                await MarkDirtyAsync();
            }
            catch (BlockIOException)
            {
                // Refcounts must be accurate then, as without lazy ones.
            }
        }

        await BeforeLinkOfCompressedAsync();
    }

    /// <summary>Called before an L2 table is changed to refer to compressed data: refcounts of such are not written late.</summary>
    public async ValueTask BeforeLinkOfCompressedAsync()
    {
        if (NeedsAccurateRefcounts)
        {
            await OrderAsync();
        }
    }

    // What is to come first may not become stable. QEMU goes on without an order then: an error that comes once is none for anybody.
    private async ValueTask OrderAsync()
    {
        try
        {
            await l2Cache.DependOnAsync(refcountCache);
        }
        catch (BlockIOException)
        {
            await l2Cache.DependOnAsync(refcountCache);
        }
    }

    /// <summary>
    /// Called before an L2 table is changed to refer to a cluster that makes no sense in part, or that holds old contents,
    /// which may be stable already where they were: both must not be lost with a table that is written before the data.
    /// </summary>
    public void RequireStableData() => l2Cache.DependOnFlush();

    /// <summary>
    /// Called before an L2 table is changed to refer to a place in an external data file, which may hold anything until it is
    /// written. What lies in the image file is stable with the counts of its clusters.
    /// </summary>
    public void RequireStableDataFile() => l2Cache.DependOnData();

    /// <summary>Sets the dirty bit.</summary>
    public async ValueTask MarkDirtyAsync()
    {
        if (header.Has(IncompatibleFeatures.Dirty))
        {
            return;
        }

        IncompatibleFeatures marked = header.Incompatible | IncompatibleFeatures.Dirty;
        await HeaderUpdate.WriteIncompatibleAsync(file, marked);
        header.Incompatible = marked;
    }

    /// <summary>Makes everything stable and clears the dirty bit.</summary>
    public async ValueTask MarkCleanAsync()
    {
        if (!header.Has(IncompatibleFeatures.Dirty))
        {
            return;
        }

        await l2Cache.FlushAsync();
        await refcountCache.FlushAsync();
        header.Incompatible &= ~IncompatibleFeatures.Dirty;

        // An image that is still marked is repaired once more, no harm is done: whoever closes the file flushes it.
        await HeaderUpdate.WriteAllAsync(file, header);
    }
}
