namespace QmpHost.Block.Drivers.Blkdebug;

/// <summary>A rule that changes the state.</summary>
internal sealed class SetStateRule : BlkdebugRule
{
    /// <summary>The state from then on.</summary>
    public long NewState { get; init; }
}
