using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi;

namespace QmpHost.Block.Copy;

/// <summary>Decides in which units a target is copied to.</summary>
internal static class CopyGeometry
{
    /// <summary>The smallest unit in bytes.</summary>
    public const int SmallestCluster = 64 * 1024;

    private const ulong GreatestCluster = 1UL << 31;

    /// <summary>The unit for a target: its cluster size, but at least <see cref="SmallestCluster"/> and <paramref name="least"/>.</summary>
    public static async ValueTask<long> GetClusterSizeAsync(BlockNode target, ulong least)
    {
        if (least != 0 && !ulong.IsPow2(least))
        {
            throw new QmpException("Cannot create block-copy-state: min-cluster-size needs to be a power of 2");
        }

        // QEMU ends itself here: its bitmaps have no coarser granularity.
        if (least > GreatestCluster)
        {
            throw new QmpException("Cannot create block-copy-state: min-cluster-size is too large");
        }

        long smallest = Math.Max(SmallestCluster, (long)least);
        if (!target.Driver.ProvidesInfo)
        {
            if (BackingChain.CowBelow(target) is null)
            {
                target.Graph.Context.Report(
                    ReportKind.Warning,
                    "The target block device doesn't provide information about the block size and it doesn't have a backing file. "
                    + (target.Graph.Context.Profile.Has(Behaviour.CopyUnitMayBeChosen)
                        ? $"The (default) block size of {smallest} bytes is used. If the actual block size of the target exceeds this value, "
                        : $"The default block size of {smallest} bytes is used. If the actual block size of the target exceeds this default, ")
                    + "the backup may be unusable");
            }

            return smallest;
        }

        BlockDriverInfo info = await target.Driver.GetInfoAsync();
        return Math.Max(smallest, info.ClusterSize);
    }
}
