namespace QmpHost.Block.Bitmaps;

/// <summary>What a list of bitmaps must know of the node that it belongs to.</summary>
public interface IDirtyBitmapOwner
{
    /// <summary>The name used in messages: that of the attached device, else the node's.</summary>
    string DeviceOrNodeName { get; }

    /// <summary>Length of the node's data in bytes.</summary>
    long Length { get; }

    /// <summary>Whether the node's data can be used at all.</summary>
    bool HasMedium { get; }

    /// <summary>Cluster size of the node's format in bytes, or 0 when the format has none.</summary>
    long ClusterSize { get; }

    /// <summary>Where persistent bitmaps go, or null when the driver cannot store any.</summary>
    IPersistentBitmapStore? BitmapStore { get; }

    /// <summary>Whether a persistent bitmap may be added at all: some releases refuse where it could not be stored in the end.</summary>
    bool MayAddPersistentBitmaps { get; }
}
