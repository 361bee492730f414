namespace QmpHost.Qapi.Schema;

// Stand-ins until the generator makes these types; removed together with this folder.
#pragma warning disable CS1591
public interface IBlockdevOptionsBranch;

public sealed record BlockdevOptions
{
    public required BlockdevDriver Driver { get; init; }

    public string? NodeName { get; init; }

    public bool? ReadOnly { get; init; }

    public IBlockdevOptionsBranch? Branch { get; init; }
}

public sealed record BlockdevRef
{
    public BlockdevOptions? Definition { get; init; }

    public string? Reference { get; init; }

    public static BlockdevRef FromDefinition(BlockdevOptions definition) => new() { Definition = definition };

    public static BlockdevRef FromReference(string reference) => new() { Reference = reference };
}

public sealed record BlockdevCreateOptions
{
    public required BlockdevDriver Driver { get; init; }
}

public sealed record ImageInfoSpecific;

public enum BlockdevDriver
{
    File, Raw, Qcow2, NullCo, NullAio, Blkdebug, CopyBeforeWrite, SnapshotAccess, Nbd, Throttle,
}

public enum PreallocMode
{
    Off, Metadata, Falloc, Full,
}

public enum BlkdebugEvent
{
    L1Update, L1GrowAllocTable, L1GrowWriteTable, L1GrowActivateTable, L2Load, L2Update, L2UpdateCompressed, L2AllocCowRead, L2AllocWrite,
    ReadAio, ReadBackingAio, ReadCompressed, WriteAio, WriteCompressed, VmstateLoad, VmstateSave, CowRead, CowWrite,
    ReftableLoad, ReftableGrow, ReftableUpdate, RefblockLoad, RefblockUpdate, RefblockUpdatePart, RefblockAlloc, RefblockAllocHookup,
    RefblockAllocWrite, RefblockAllocWriteBlocks, RefblockAllocWriteTable, RefblockAllocSwitchTable, ClusterAlloc, ClusterAllocBytes,
    ClusterFree, FlushToOs, FlushToDisk, PwritevRmwHead, PwritevRmwAfterHead, PwritevRmwTail, PwritevRmwAfterTail, Pwritev, PwritevZero,
    PwritevDone, EmptyImagePrepare, L1ShrinkWriteTable, L1ShrinkFreeL2Clusters, CorWrite, ClusterAllocSpace, None,
}
