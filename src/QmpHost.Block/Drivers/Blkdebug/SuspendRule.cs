namespace QmpHost.Block.Drivers.Blkdebug;

/// <summary>A breakpoint: the next request that raises the event is held back.</summary>
internal sealed class SuspendRule : BlkdebugRule
{
    /// <summary>The breakpoint's name.</summary>
    public required string Tag { get; init; }
}
