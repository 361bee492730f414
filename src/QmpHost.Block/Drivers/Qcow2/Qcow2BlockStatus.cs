using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.IO;
using QmpHost.Block.Graph;

namespace QmpHost.Block.Drivers.Qcow2;

/// <summary>Turns mappings into the answers of block status.</summary>
internal static class Qcow2BlockStatus
{
    public static BlockStatus Of(MappedExtent extent, Qcow2Image image, bool lookForHoles)
    {
        BlockStatusFlags flags = extent.Kind switch
        {
            SubclusterKind.Normal => BlockStatusFlags.Data | BlockStatusFlags.OffsetValid,
            SubclusterKind.ZeroAllocated => BlockStatusFlags.Zero | BlockStatusFlags.OffsetValid,
            SubclusterKind.UnallocatedAllocated => BlockStatusFlags.OffsetValid,
            SubclusterKind.ZeroPlain => BlockStatusFlags.Zero,
            SubclusterKind.Compressed => BlockStatusFlags.Data | BlockStatusFlags.Compressed,
            _ => BlockStatusFlags.None,
        };
        if (image.Encryption is not null)
        {
            // What lies there is not what is read.
            return new BlockStatus(flags & ~BlockStatusFlags.OffsetValid, extent.Length);
        }

        if (lookForHoles && extent.Kind == SubclusterKind.Normal)
        {
            flags |= BlockStatusFlags.Recurse;
        }

        return (flags & BlockStatusFlags.OffsetValid) != 0
            ? new BlockStatus(flags, extent.Length, extent.HostOffset, image.DataFile.Node)
            : new BlockStatus(flags, extent.Length);
    }
}
