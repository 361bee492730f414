using QmpHost.Block.Core;

namespace QmpHost.Nbd.Server;

/// <summary>A request fails with an error number and a text.</summary>
/// <param name="errno">The error number.</param>
/// <param name="message">The text.</param>
internal sealed class NbdRequestException(Errno errno, string message) : Exception(message)
{
    /// <summary>The error number.</summary>
    public Errno Errno { get; } = errno;
}
