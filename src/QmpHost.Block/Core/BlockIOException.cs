namespace QmpHost.Block.Core;

/// <summary>A request failed with an error number; jobs and devices decide by it, exports send it to their clients.</summary>
/// <param name="errno">The error number.</param>
/// <param name="inner">What caused it, if anything else did.</param>
public class BlockIOException(Errno errno, Exception? inner = null) : IOException(errno.Describe(), inner)
{
    /// <summary>The error number.</summary>
    public Errno Errno { get; } = errno;
}

/// <summary>
/// A request that had not begun never will: who sent it is gone. It has done nothing, and a reply would reach nobody.
/// </summary>
public sealed class RequestDroppedException() : BlockIOException(Errno.ESHUTDOWN);
