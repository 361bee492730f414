using QmpHost.Block.Core;

namespace QmpHost.Nbd.Client;

/// <summary>The connection ended before a request was answered; it may be sent again over another.</summary>
/// <param name="errno">What the request ends with if it is not: EINVAL where the answer itself made no sense, else EIO.</param>
internal sealed class NbdConnectionLostException(Errno errno = Errno.EIO) : IOException("The connection was lost.")
{
    /// <summary>What the request ends with if it is not sent again.</summary>
    public Errno Errno { get; } = errno;
}
