using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph;

/// <summary>What a driver knows of its image beyond data.</summary>
public sealed record BlockDriverInfo
{
    /// <summary>Cluster size in bytes, or 0.</summary>
    public long ClusterSize { get; init; }

    /// <summary>Sub-cluster size in bytes (cluster size without sub-clusters), or 0.</summary>
    public long SubclusterSize { get; init; }

    /// <summary>Whether the image was not closed cleanly.</summary>
    public bool IsDirty { get; init; }

    /// <summary>Whether the data is encrypted.</summary>
    public bool IsEncrypted { get; init; }

    /// <summary>The internal snapshots, or null where there are none.</summary>
    public IReadOnlyList<SnapshotInfo>? Snapshots { get; init; }

    /// <summary>The part of the image information that only this format has.</summary>
    public ImageInfoSpecific? FormatSpecific { get; init; }
}
