namespace QmpHost.Qapi.Schema;

// Stand-ins until the generator makes these types; removed together with this folder.
#pragma warning disable CS1591
public interface IBlockdevOptionsBranch;

public sealed record BlockdevOptions
{
    public required BlockdevDriver Driver { get; init; }

    public string? NodeName { get; init; }

    public bool? ReadOnly { get; init; }

    public bool? AutoReadOnly { get; init; }

    public bool? ForceShare { get; init; }

    public BlockdevDiscardOptions? Discard { get; init; }

    public BlockdevDetectZeroesOptions? DetectZeroes { get; init; }

    public BlockdevCacheOptions? Cache { get; init; }

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

public sealed record BlockdevCacheOptions
{
    public bool? Direct { get; init; }

    public bool? NoFlush { get; init; }
}

public enum BlockdevDiscardOptions
{
    Ignore, Unmap,
}

public enum BlockdevDetectZeroesOptions
{
    Off, On, Unmap,
}

public enum BlockdevAioOptions
{
    Threads, Native, IoUring,
}

public enum OnOffAuto
{
    Auto, On, Off,
}

public sealed record BlockdevOptionsFile : IBlockdevOptionsBranch
{
    public required string Filename { get; init; }

    public string? PrManager { get; init; }

    public OnOffAuto? Locking { get; init; }

    public BlockdevAioOptions? Aio { get; init; }

    public long? AioMaxBatch { get; init; }

    public bool? DropCache { get; init; }

    public bool? XCheckCacheDropped { get; init; }
}

public sealed record BlockdevOptionsRaw : IBlockdevOptionsBranch
{
    public required BlockdevRef File { get; init; }

    public long? Offset { get; init; }

    public long? Size { get; init; }
}

public sealed record BlockdevOptionsNull : IBlockdevOptionsBranch
{
    public long? Size { get; init; }

    public ulong? LatencyNs { get; init; }

    public bool? ReadZeroes { get; init; }
}

public sealed record BlockdevOptionsQcow2 : IBlockdevOptionsBranch
{
    public required BlockdevRef File { get; init; }
}

public static class PreallocModeEnum
{
    public static bool TryParse(string text, out PreallocMode mode) => Enum.TryParse(text, true, out mode);
}
