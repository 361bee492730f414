using QmpHost.Block.Core;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Blkdebug;

/// <summary>A rule after whose event requests fail.</summary>
internal sealed class InjectErrorRule : BlkdebugRule
{
    /// <summary>The error; none means that the rule only hides those behind it.</summary>
    public Errno Error { get; init; } = Errno.EIO;

    /// <summary>The only kind of request that fails, or null for all but block status.</summary>
    public BlkdebugIOType? IoType { get; init; }

    /// <summary>For how long a request waits before it fails or goes on.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>The byte that a request must touch to fail, or -1 for any.</summary>
    public long Offset { get; init; } = -1;

    /// <summary>Whether only one request fails.</summary>
    public bool Once { get; init; }

    /// <summary>Whether the request fails in the turn of the loop in which it was made.</summary>
    public bool Immediately { get; init; }

    /// <summary>Whether a request fails by this rule.</summary>
    public bool Matches(BlkdebugIOType type, long offset, long bytes)
    {
        bool fits = IoType is { } only ? only == type : type != BlkdebugIOType.BlockStatus;
        return fits && (Offset == -1 || (bytes > 0 && Offset >= offset && Offset < offset + bytes));
    }
}
