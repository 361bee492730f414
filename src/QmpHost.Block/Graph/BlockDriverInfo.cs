using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph;

/// <summary>What a driver knows of its image beyond data.</summary>
public sealed record BlockDriverInfo
{
    /// <summary>Cluster size in bytes, or 0.</summary>
    public long ClusterSize { get; init; }

    /// <summary>Sub-cluster size in bytes (cluster size without sub-clusters), or 0.</summary>
    public long SubclusterSize { get; init; }

    /// <summary>Where the state of a virtual machine would begin, in bytes: behind the disk's data; 0 where there is no such place.</summary>
    public long VmStateOffset { get; init; }

    /// <summary>Whether the image was not closed cleanly.</summary>
    public bool IsDirty { get; init; }

    /// <summary>Whether the data is encrypted.</summary>
    public bool IsEncrypted { get; init; }

    /// <summary>The internal snapshots, or null where there are none.</summary>
    public IReadOnlyList<SnapshotInfo>? Snapshots { get; init; }

    /// <summary>The part of the image information that only this format has.</summary>
    public ImageInfoSpecific? FormatSpecific { get; init; }

    /// <summary>What a node that only passes requests on says of itself: the geometry is that of the image below, the rest is not its own.</summary>
    /// <returns>The information without what belongs to the format.</returns>
    public BlockDriverInfo PassedOn() => this with { Snapshots = null, FormatSpecific = null };
}
