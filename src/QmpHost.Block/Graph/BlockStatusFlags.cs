namespace QmpHost.Block.Graph;

/// <summary>Allocation state bits, as in QEMU's block status.</summary>
[Flags]
public enum BlockStatusFlags
{
    /// <summary>Unallocated in this layer.</summary>
    None = 0,

    /// <summary>Reads return data from this layer or below it.</summary>
    Data = 1,

    /// <summary>Reads return zeroes.</summary>
    Zero = 2,

    /// <summary>The map offset is valid.</summary>
    OffsetValid = 4,

    /// <summary>The answer is that of the child at the map offset (used by raw and filters only).</summary>
    Raw = 8,

    /// <summary>The contents are determined by this layer rather than its backing.</summary>
    Allocated = 16,

    /// <summary>At or behind the end of the disk.</summary>
    Eof = 32,

    /// <summary>The driver asks the generic layer to look into the child itself for zeroes.</summary>
    Recurse = 64,

    /// <summary>The data is compressed.</summary>
    Compressed = 128,
}
