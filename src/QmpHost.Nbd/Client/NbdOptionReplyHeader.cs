using QmpHost.Nbd.Protocol;

namespace QmpHost.Nbd.Client;

/// <summary>The header of a reply to an option.</summary>
/// <param name="Option">The option that it answers.</param>
/// <param name="Type">Its type.</param>
/// <param name="Length">Bytes of payload that follow.</param>
internal readonly record struct NbdOptionReplyHeader(NbdOption Option, NbdOptionReply Type, uint Length)
{
    /// <summary>Whether the option was refused.</summary>
    public bool IsError => ((uint)Type & 0x80000000) != 0;
}
