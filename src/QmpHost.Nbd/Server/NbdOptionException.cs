using QmpHost.Nbd.Protocol;

namespace QmpHost.Nbd.Server;

/// <summary>An option was refused; the negotiation goes on.</summary>
/// <param name="reply">The type of the error reply.</param>
/// <param name="text">Its text.</param>
internal sealed class NbdOptionException(NbdOptionReply reply, byte[] text) : Exception
{
    /// <summary>The type of the error reply.</summary>
    public NbdOptionReply Reply { get; } = reply;

    /// <summary>Its text in UTF-8.</summary>
    public byte[] Text { get; } = text;
}
