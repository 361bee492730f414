using QmpHost.Block.Drivers.Qcow2.Format;

namespace QmpHost.Block.Drivers.Qcow2.IO;

/// <summary>Bit masks of subclusters.</summary>
internal static class SubclusterMask
{
    /// <summary>The subclusters that a part of a cluster touches.</summary>
    /// <param name="geometry">The image's geometry.</param>
    /// <param name="start">Start within the cluster.</param>
    /// <param name="end">End within the cluster, behind the start.</param>
    public static uint Of(Qcow2Geometry geometry, int start, int end)
    {
        int first = start >> geometry.SubclusterBits;
        int last = (end - 1) >> geometry.SubclusterBits;
        uint upTo = last >= 31 ? uint.MaxValue : (1u << (last + 1)) - 1;
        return upTo & ~((1u << first) - 1);
    }
}
