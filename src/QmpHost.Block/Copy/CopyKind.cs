namespace QmpHost.Block.Copy;

/// <summary>What has to be done for an area.</summary>
internal enum CopyKind
{
    /// <summary>Nothing: the source's own layer does not hold it, and only that layer is wanted.</summary>
    Skip,

    /// <summary>The source reads as zeroes there.</summary>
    Zero,

    /// <summary>Copy what the source holds.</summary>
    Data,
}
