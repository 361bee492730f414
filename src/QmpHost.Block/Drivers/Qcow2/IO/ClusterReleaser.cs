using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Block.Graph;

namespace QmpHost.Block.Drivers.Qcow2.IO;

/// <summary>Gives back what an L2 entry that is no longer used refers to.</summary>
/// <remarks>Called under the image's metadata lock.</remarks>
internal sealed class ClusterReleaser(
    Qcow2Geometry geometry, L2EntryFormat format, ClusterAllocator allocator, CorruptionReporter corruption, BlockChild? dataFile, BlockChild file)
{
    /// <summary>Drops the entry's references.</summary>
    /// <param name="entry">The entry as it was.</param>
    /// <param name="discard">Whether the file is told of clusters that become free.</param>
    public async ValueTask ReleaseAsync(L2Entry entry, HostDiscard discard)
    {
        switch (format.KindOf(entry))
        {
            case ClusterKind.Compressed:
                // Compressed data of which a part is gone is not zero but unreadable: the tables in the file must not refer to it.
                var data = CompressedDescriptor.Decode(geometry, entry.Descriptor);
                await allocator.FreeAsync(data.HostOffset, data.Length, discard == HostDiscard.AtOnce ? HostDiscard.WhenStable : discard);
                break;
            case ClusterKind.Normal or ClusterKind.ZeroAllocated when dataFile is not null:
                await DiscardInDataFileAsync(dataFile, entry.HostOffset, discard);
                break;
            case ClusterKind.Normal or ClusterKind.ZeroAllocated when !geometry.IsAligned(entry.HostOffset):
                corruption.ReportHarmless($"Cannot free unaligned cluster {ImageCorruptException.Hex(entry.HostOffset)}");
                break;
            case ClusterKind.Normal or ClusterKind.ZeroAllocated:
                await allocator.FreeAsync(entry.HostOffset, geometry.ClusterSize, discard);
                break;
            default:
                break;
        }
    }

    /// <summary>Tells the file that what a cluster holds is not needed, but keeps the cluster.</summary>
    /// <param name="entry">The entry that names it.</param>
    /// <param name="discard">Whether the file is told.</param>
    public ValueTask EmptyAsync(L2Entry entry, HostDiscard discard) => DiscardInDataFileAsync(dataFile ?? file, entry.HostOffset, discard);

    private async ValueTask DiscardInDataFileAsync(BlockChild file, long offset, HostDiscard discard)
    {
        if (discard == HostDiscard.Never)
        {
            return;
        }

        try
        {
            await file.DiscardAsync(offset, geometry.ClusterSize);
        }
        catch (BlockIOException)
        {
            // Giving up space is a courtesy.
        }
    }
}
