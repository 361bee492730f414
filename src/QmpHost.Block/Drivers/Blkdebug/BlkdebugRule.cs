using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Blkdebug;

/// <summary>What happens when a debug event is raised. Two rules are never the same, even if they say the same.</summary>
internal abstract class BlkdebugRule
{
    /// <summary>The event.</summary>
    public required BlkdebugEvent Event { get; init; }

    /// <summary>The state in which the rule holds; 0 means any.</summary>
    public long State { get; init; }
}
