using System.Numerics;
using QmpHost.Block.Drivers.Qcow2.Format;

namespace QmpHost.Block.Drivers.Qcow2.IO;

/// <summary>How much of a cluster's old contents must be copied when a part of the cluster is written to a host cluster.</summary>
internal static class CowRange
{
    /// <summary>Where copying before the written part starts; the part's start if nothing is copied.</summary>
    /// <param name="geometry">The image's geometry.</param>
    /// <param name="format">The image's L2 format.</param>
    /// <param name="old">The cluster's entry.</param>
    /// <param name="keepsHost">Whether the host cluster stays the same.</param>
    /// <param name="start">Start of the part within the cluster.</param>
    public static int Start(Qcow2Geometry geometry, L2EntryFormat format, L2Entry old, bool keepsHost, int start)
    {
        SubclusterKind kind = format.KindOf(old, geometry.SubclusterIndex(start));
        if (keepsHost && kind == SubclusterKind.Normal)
        {
            return start;
        }

        if (!keepsHost && CopiesAll(geometry, old))
        {
            return 0;
        }

        int subclusterStart = start & ~(geometry.SubclusterSize - 1);
        return keepsHost || !HasDataHere(geometry, old)
            ? subclusterStart
            : Math.Min(subclusterStart, BitOperations.TrailingZeroCount(old.AllocatedMask) << geometry.SubclusterBits);
    }

    /// <summary>Where copying behind the written part ends; the part's end if nothing is copied.</summary>
    /// <param name="geometry">The image's geometry.</param>
    /// <param name="format">The image's L2 format.</param>
    /// <param name="old">The cluster's entry.</param>
    /// <param name="keepsHost">Whether the host cluster stays the same.</param>
    /// <param name="end">End of the part within the cluster, at least 1.</param>
    public static int End(Qcow2Geometry geometry, L2EntryFormat format, L2Entry old, bool keepsHost, int end)
    {
        SubclusterKind kind = format.KindOf(old, geometry.SubclusterIndex(end - 1));
        if (keepsHost && kind == SubclusterKind.Normal)
        {
            return end;
        }

        if (!keepsHost && CopiesAll(geometry, old))
        {
            return geometry.ClusterSize;
        }

        int subclusterEnd = (end + geometry.SubclusterSize - 1) & ~(geometry.SubclusterSize - 1);
        return keepsHost || !HasDataHere(geometry, old)
            ? subclusterEnd
            : Math.Max(subclusterEnd, (32 - BitOperations.LeadingZeroCount(old.AllocatedMask)) << geometry.SubclusterBits);
    }

    private static bool CopiesAll(Qcow2Geometry geometry, L2Entry old) => !geometry.HasSubclusters || old.IsCompressed;

    private static bool HasDataHere(Qcow2Geometry geometry, L2Entry old)
        => geometry.HasSubclusters && !old.IsCompressed && old.AllocatedMask != 0;
}
