using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Block.Graph;
using QmpHost.Block.Loop;

namespace QmpHost.Block.Drivers.Qcow2.IO;

/// <summary>Takes contents away from whole clusters: zero writes, discards, and what a shorter disk loses.</summary>
internal sealed class ClusterDropper(
    BlockNode node,
    Qcow2Geometry geometry,
    L2EntryFormat format,
    L2Tables tables,
    ClusterReleaser releaser,
    PendingAllocations pending,
    AsyncLock metadataLock,
    bool passDiscards,
    bool keepsClusters)
{
    private const int SlicesPerTurn = 64;

    /// <summary>Whether a guest's discard is passed on to the image file: at once, for the contents are given up.</summary>
    public HostDiscard DiscardOfRequests => passDiscards ? HostDiscard.AtOnce : HostDiscard.Never;

    /// <summary>Whether a zero write is: only then are the zeroes as safe as the contents were.</summary>
    public HostDiscard DiscardOfZeroWrites => passDiscards ? HostDiscard.WhenStable : HostDiscard.Never;

    /// <summary>Makes clusters read as zeroes by their zero flags.</summary>
    /// <param name="start">Start, aligned to clusters.</param>
    /// <param name="end">End, aligned to clusters.</param>
    /// <param name="unmap">Whether host clusters are given up.</param>
    /// <param name="mustBeEmpty">Whether a cluster with data is left alone, since only a part of it is to be zero.</param>
    /// <exception cref="BlockIOException">ENOTSUP: a cluster that must be empty is not.</exception>
    public ValueTask ZeroAsync(long start, long end, bool unmap, bool mustBeEmpty)
        => ForEachSliceAsync(start, end, (slice, index, count) =>
        {
            if (mustBeEmpty)
            {
                CheckEmpty(slice, index);
            }

            return ZeroInSliceAsync(slice, index, count, unmap);
        });

    /// <summary>Makes sure that a cluster has no data, which another request may have written in the meantime.</summary>
    /// <param name="start">Start, aligned to clusters.</param>
    /// <param name="end">End of the same cluster.</param>
    /// <exception cref="BlockIOException">ENOTSUP: it has.</exception>
    public ValueTask CheckEmptyAsync(long start, long end)
        => ForEachSliceAsync(start, end, (slice, index, _) =>
        {
            CheckEmpty(slice, index);
            return ValueTask.CompletedTask;
        });

    /// <summary>Makes some subclusters of one cluster read as zeroes.</summary>
    /// <param name="start">Start, aligned to subclusters.</param>
    /// <param name="end">End, aligned to subclusters, in the same cluster.</param>
    /// <param name="mustBeEmpty">Whether a subcluster with data is left alone, since only a part of it is to be zero.</param>
    /// <exception cref="BlockIOException">ENOTSUP: the cluster is compressed, or has data where it must not.</exception>
    public ValueTask ZeroSubclustersAsync(long start, long end, bool mustBeEmpty)
    {
        uint mask = SubclusterMask.Of(
            geometry, geometry.OffsetIntoCluster(start), geometry.OffsetIntoCluster(end - 1) + 1);
        return ForEachSliceAsync(geometry.ClusterStart(start), geometry.AlignUp(end), (slice, index, _) =>
        {
            L2Entry old = format.Read(slice.Data, index);
            if (old.IsCompressed || (mustBeEmpty && (old.AllocatedMask & mask) != 0))
            {
                throw new BlockIOException(Errno.ENOTSUP);
            }

            var zeroed = old with { Bitmap = L2Entry.MakeBitmap(old.AllocatedMask & ~mask, old.ZeroMask | mask) };
            if (zeroed != old)
            {
                format.Write(slice.Data, index, zeroed);
                tables.MarkDirty(slice);
            }

            return ValueTask.CompletedTask;
        });
    }

    /// <summary>Drops the contents of clusters. They read as zeroes where the format can say so.</summary>
    /// <param name="start">Start, aligned to clusters.</param>
    /// <param name="end">End, aligned to clusters.</param>
    /// <param name="full">Whether not even a zero flag may remain, since the clusters lie behind the end of the disk.</param>
    /// <param name="discard">Whether the image file is told.</param>
    public ValueTask DiscardAsync(long start, long end, bool full, HostDiscard discard)
        => ForEachSliceAsync(start, end, (slice, index, count) => DiscardInSliceAsync(slice, index, count, full, discard));

    private async ValueTask ForEachSliceAsync(long start, long end, Func<CachedTable, int, int, ValueTask> change)
    {
        for (int slices = 1; start < end; slices++)
        {
            if (slices % SlicesPerTurn == 0)
            {
                // A whole disk may take long: others get their turn.
                await node.Graph.Context.Loop.YieldAsync();
            }

            PendingAllocation? blocker;
            using (await metadataLock.EnterAsync())
            {
                long until = Math.Min(end, tables.SliceEnd(start));
                blocker = pending.Find(start, ref until);
                if (blocker is null)
                {
                    CachedTable slice = await tables.GetSliceForWriteAsync(start);
                    slice.Pins++;
                    try
                    {
                        await change(slice, tables.SliceIndex(start), (int)((until - start) >> geometry.ClusterBits));
                    }
                    finally
                    {
                        slice.Pins--;
                    }

                    start = until;
                    continue;
                }
            }

            await blocker.WhenDone;
        }
    }

    private void CheckEmpty(CachedTable slice, int index)
    {
        if (format.KindOf(format.Read(slice.Data, index)) is (ClusterKind.Normal or ClusterKind.Compressed))
        {
            throw new BlockIOException(Errno.ENOTSUP);
        }
    }

    private async ValueTask ZeroInSliceAsync(CachedTable slice, int index, int count, bool unmap)
    {
        for (; count > 0; index++, count--)
        {
            L2Entry old = format.Read(slice.Data, index);
            ClusterKind kind = format.KindOf(old);
            bool unmaps = unmap && kind is (ClusterKind.Normal or ClusterKind.ZeroAllocated);
            bool releases = kind == ClusterKind.Compressed || (unmaps && !keepsClusters);
            ulong descriptor = releases ? 0 : old.Descriptor;
            L2Entry zeroed = geometry.HasSubclusters
                ? new L2Entry(descriptor, L2Entry.AllZeroes)
                : new L2Entry(descriptor | L2Entry.Zero);
            await ReplaceAsync(slice, index, old, zeroed, releases, DiscardOfZeroWrites);
            if (unmaps && keepsClusters)
            {
                await releaser.EmptyAsync(old, DiscardOfZeroWrites);
            }
        }
    }

    private async ValueTask DiscardInSliceAsync(CachedTable slice, int index, int count, bool full, HostDiscard discard)
    {
        for (; count > 0; index++, count--)
        {
            L2Entry old = format.Read(slice.Data, index);
            ClusterKind kind = format.KindOf(old);
            bool hasHost = kind is ClusterKind.Normal or ClusterKind.ZeroAllocated or ClusterKind.Compressed;
            if (!full && (kind == ClusterKind.ZeroPlain || (!hasHost && node.Backing is null)))
            {
                // It reads as zeroes already, perhaps by flags of some of its subclusters.
                continue;
            }

            if (keepsClusters && !full && kind is (ClusterKind.Normal or ClusterKind.ZeroAllocated))
            {
                await EmptyAsync(slice, index, old, discard);
                continue;
            }

            bool readsAsZero = !full && geometry.Version >= 3;
            L2Entry discarded = !readsAsZero ? default
                : geometry.HasSubclusters ? new L2Entry(0, L2Entry.AllZeroes)
                : new L2Entry(L2Entry.Zero);
            await ReplaceAsync(slice, index, old, discarded, hasHost, discard);
        }
    }

    // The cluster stays where it is, so that what is written there later lies where it lay.
    private async ValueTask EmptyAsync(CachedTable slice, int index, L2Entry old, HostDiscard discard)
    {
        L2Entry emptied = geometry.HasSubclusters ? new L2Entry(old.Descriptor, L2Entry.AllZeroes) : new L2Entry(old.Descriptor | L2Entry.Zero);
        await ReplaceAsync(slice, index, old, emptied, releases: false, discard);
        await releaser.EmptyAsync(old, discard);
    }

    private async ValueTask ReplaceAsync(
        CachedTable slice, int index, L2Entry old, L2Entry replacement, bool releases, HostDiscard discard)
    {
        if (old == replacement)
        {
            return;
        }

        format.Write(slice.Data, index, replacement);
        tables.MarkDirty(slice);
        if (releases)
        {
            await releaser.ReleaseAsync(old, discard);
        }
    }
}
