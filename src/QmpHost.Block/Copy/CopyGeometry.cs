using QmpHost.Block.Core;
using QmpHost.Block.Graph;

namespace QmpHost.Block.Copy;

/// <summary>Decides in which units a target is copied to.</summary>
internal static class CopyGeometry
{
    /// <summary>The smallest unit in bytes.</summary>
    public const int SmallestCluster = 64 * 1024;

    /// <summary>The unit for a target: its cluster size, but at least <see cref="SmallestCluster"/>.</summary>
    public static async ValueTask<long> GetClusterSizeAsync(BlockNode target)
    {
        if (!target.Driver.ProvidesInfo)
        {
            if (BackingChain.CowBelow(target) is null)
            {
                target.Graph.Context.Report(
                    ReportKind.Warning,
                    "The target block device doesn't provide information about the block size and it doesn't have a backing file. "
                    + $"The default block size of {SmallestCluster} bytes is used. If the actual block size of the target exceeds this "
                    + "default, the backup may be unusable");
            }

            return SmallestCluster;
        }

        BlockDriverInfo info = await target.Driver.GetInfoAsync();
        return Math.Max(SmallestCluster, info.ClusterSize);
    }
}
