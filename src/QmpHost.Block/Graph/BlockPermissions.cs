namespace QmpHost.Block.Graph;

/// <summary>What a parent does with a node, or lets others do with it.</summary>
[Flags]
public enum BlockPermissions
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Reads that see a consistent picture ("consistent read").</summary>
    ConsistentRead = 1,

    /// <summary>Writes that may change what is read.</summary>
    Write = 2,

    /// <summary>Writes that leave what is read unchanged ("write unchanged").</summary>
    WriteUnchanged = 4,

    /// <summary>Changing the length.</summary>
    Resize = 8,

    /// <summary>All of them.</summary>
    All = ConsistentRead | Write | WriteUnchanged | Resize,
}
