using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Block.Loop;

namespace QmpHost.Block.Drivers.Qcow2.IO;

/// <summary>Tells where parts of the disk are stored.</summary>
internal sealed class ClusterMap(
    Qcow2Geometry geometry, L2EntryFormat format, L2Tables tables, AsyncLock metadataLock, bool hasDataFile)
{
    /// <summary>Whether clusters are parted further.</summary>
    public bool HasSubclusters => geometry.HasSubclusters;

    /// <summary>Maps the start of an area.</summary>
    /// <param name="offset">Start in bytes, within the disk.</param>
    /// <param name="bytes">Length in bytes.</param>
    /// <returns>The part at the start that is mapped in one way; it may end early at the end of a table.</returns>
    /// <exception cref="ImageCorruptException">The tables contradict themselves.</exception>
    public ValueTask<MappedExtent> MapAsync(long offset, long bytes)
        => tables.TryGetSlice(offset, out CachedTable? slice)
            ? ValueTask.FromResult(Map(slice, offset, bytes))
            : LoadAndMapAsync(offset, bytes);

    /// <summary>Maps the start of an area, for a caller that holds the metadata lock.</summary>
    public async ValueTask<MappedExtent> MapLockedAsync(long offset, long bytes)
        => Map(await tables.GetSliceAsync(offset), offset, bytes);

    private async ValueTask<MappedExtent> LoadAndMapAsync(long offset, long bytes)
    {
        using (await metadataLock.EnterAsync())
        {
            return await MapLockedAsync(offset, bytes);
        }
    }

    private MappedExtent Map(CachedTable? slice, long offset, long bytes)
    {
        if (slice is null)
        {
            return new MappedExtent(SubclusterKind.UnallocatedPlain, Math.Min(bytes, tables.TableEnd(offset) - offset));
        }

        long limit = Math.Min(bytes, tables.SliceEnd(offset) - offset);
        int index = tables.SliceIndex(offset);
        L2Entry entry = format.Read(slice.Data, index);
        int subcluster = geometry.SubclusterIndex(offset);
        SubclusterKind kind = format.KindOf(entry, subcluster);
        Check(entry, kind, offset, index);
        if (kind == SubclusterKind.Compressed)
        {
            long rest = geometry.ClusterSize - geometry.OffsetIntoCluster(offset);
            return new MappedExtent(kind, Math.Min(limit, rest), 0, entry.Descriptor);
        }

        long length = MeasureRun(slice.Data, index, subcluster, kind, entry.HostOffset, offset, limit);
        return new MappedExtent(kind, length, HasHost(kind) ? entry.HostOffset + geometry.OffsetIntoCluster(offset) : 0);
    }

    private static bool HasHost(SubclusterKind kind)
        => kind is SubclusterKind.Normal or SubclusterKind.ZeroAllocated or SubclusterKind.UnallocatedAllocated;

    /// <summary>How far the run of the first subcluster's kind reaches, in host clusters that follow one another.</summary>
    private long MeasureRun(byte[] slice, int index, int subcluster, SubclusterKind kind, long host, long offset, long limit)
    {
        long covered = geometry.SubclusterSize - (offset & (geometry.SubclusterSize - 1));
        bool hasHost = HasHost(kind);
        while (covered < limit)
        {
            if (++subcluster == geometry.SubclustersPerCluster)
            {
                subcluster = 0;
                index++;
                host += geometry.ClusterSize;
            }

            L2Entry entry = format.Read(slice, index);
            if (format.KindOf(entry, subcluster) != kind || (hasHost && entry.HostOffset != host))
            {
                break;
            }

            covered += geometry.SubclusterSize;
        }

        return Math.Min(covered, limit);
    }

    private void Check(L2Entry entry, SubclusterKind kind, long offset, int index)
    {
        if (kind == SubclusterKind.Invalid)
        {
            throw new ImageCorruptException($"Invalid cluster entry found  {Where(offset, index)}");
        }

        if (geometry.Version < 3 && kind is (SubclusterKind.ZeroPlain or SubclusterKind.ZeroAllocated))
        {
            throw new ImageCorruptException($"Zero cluster entry found in pre-v3 image {Where(offset, index)}");
        }

        if (!HasHost(kind))
        {
            return;
        }

        if (!geometry.IsAligned(entry.HostOffset))
        {
            throw new ImageCorruptException(
                $"Cluster allocation offset {ImageCorruptException.Hex(entry.HostOffset)} unaligned {Where(offset, index)}");
        }

        if (hasDataFile && entry.HostOffset != geometry.ClusterStart(offset))
        {
            throw new ImageCorruptException(
                $"External data file host cluster offset {ImageCorruptException.Hex(entry.HostOffset)} does not match guest cluster "
                + $"offset: {ImageCorruptException.Hex(geometry.ClusterStart(offset))}, L2 index: {ImageCorruptException.Hex(index)})");
        }
    }

    private string Where(long offset, int index)
        => $"(L2 offset: {ImageCorruptException.Hex(tables.TableOffset(offset))}, L2 index: {ImageCorruptException.Hex(index)})";
}
