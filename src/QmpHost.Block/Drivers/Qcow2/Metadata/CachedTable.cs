namespace QmpHost.Block.Drivers.Qcow2.Metadata;

/// <summary>One table, or slice of a table, in a <see cref="MetadataCache"/>.</summary>
internal sealed class CachedTable(long offset, byte[] data)
{
    /// <summary>Where it lies in the image file.</summary>
    public long Offset { get; } = offset;

    /// <summary>Its contents, in the format of the file.</summary>
    public byte[] Data { get; } = data;

    /// <summary>Its place among the tables that the cache can hold, from zero on.</summary>
    public int Slot { get; init; }

    /// <summary>Whether it differs from the file.</summary>
    public bool IsDirty { get; set; }

    /// <summary>How many sections rely on it staying in memory while they wait for something.</summary>
    public int Pins { get; set; }

    /// <summary>Whether it was used since the cache was last tidied.</summary>
    public bool RecentlyUsed { get; set; }

    /// <summary>Its place in the order of use.</summary>
    public LinkedListNode<CachedTable>? Place { get; set; }
}
