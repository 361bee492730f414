using QmpHost.Block.Core;

namespace QmpHost.Block.Graph.Interception;

/// <summary>What becomes of an intercepted request. The default value lets it pass.</summary>
public readonly record struct RequestVerdict
{
    private readonly long _kept;

    private RequestVerdict(Errno errno, long reaches)
    {
        Errno = errno;
        _kept = long.MaxValue - reaches;
    }

    /// <summary>The error that it ends with, or <see cref="Errno.None"/>.</summary>
    public Errno Errno { get; }

    /// <summary>How many bytes of it, from its start, reach the driver.</summary>
    public long Reaches => long.MaxValue - _kept;

    /// <summary>It fails before the driver sees anything of it.</summary>
    /// <param name="errno">The error.</param>
    /// <returns>The verdict.</returns>
    public static RequestVerdict Fail(Errno errno) => new(errno, 0);

    /// <summary>It is carried out in part and then fails.</summary>
    /// <param name="bytes">How many bytes are carried out; cut to the node's request alignment.</param>
    /// <param name="errno">The error.</param>
    /// <returns>The verdict.</returns>
    public static RequestVerdict FailAfter(long bytes, Errno errno) => new(errno, bytes);

    /// <summary>It succeeds although it is carried out in part only; what is missing of a read are zeroes.</summary>
    /// <param name="bytes">How many bytes are carried out; cut to the node's request alignment.</param>
    /// <returns>The verdict.</returns>
    public static RequestVerdict Short(long bytes) => new(Errno.None, bytes);
}
