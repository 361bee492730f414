using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Graph;

namespace QmpHost.Block.Drivers.Qcow2.IO;

/// <summary>Finds the disk's contents for a copy that the system makes: it takes them from where they are.</summary>
internal sealed class RangeReader(BlockNode node, BlockChild dataFile, ClusterMap map)
{
    /// <summary>Copies.</summary>
    /// <param name="offset">Start in bytes, within the disk.</param>
    /// <param name="bytes">Length in bytes.</param>
    /// <param name="target">Where the contents go.</param>
    /// <exception cref="BlockIOException">ENOTSUP for compressed data; a part may be copied.</exception>
    public async ValueTask CopyAsync(long offset, long bytes, CopyRangeTarget target)
    {
        while (bytes > 0)
        {
            MappedExtent extent = await map.MapAsync(offset, bytes);
            await CopyExtentAsync(extent, offset, target);
            offset += extent.Length;
            bytes -= extent.Length;
            target = target.Skip(extent.Length);
        }
    }

    private ValueTask CopyExtentAsync(MappedExtent extent, long offset, CopyRangeTarget target) => extent.Kind switch
    {
        SubclusterKind.ZeroPlain or SubclusterKind.ZeroAllocated => target.WriteZeroesAsync(extent.Length),
        SubclusterKind.UnallocatedPlain or SubclusterKind.UnallocatedAllocated => CopyBackingAsync(offset, extent.Length, target),
        SubclusterKind.Compressed => throw new BlockIOException(Errno.ENOTSUP),
        _ => dataFile.CopyRangeFromAsync(extent.HostOffset, extent.Length, target),
    };

    private async ValueTask CopyBackingAsync(long offset, long bytes, CopyRangeTarget target)
    {
        // Behind the end of a shorter backing file there are zeroes.
        long held = node.Backing is { } backing ? Math.Clamp(backing.Node.Length - offset, 0, bytes) : 0;
        if (held > 0)
        {
            await node.Backing!.CopyRangeFromAsync(offset, held, target);
        }

        if (held < bytes)
        {
            await target.Skip(held).WriteZeroesAsync(bytes - held);
        }
    }
}
