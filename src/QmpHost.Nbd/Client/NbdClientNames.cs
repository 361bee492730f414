using QmpHost.Nbd.Protocol;
using QmpHost.Nbd.Server;

namespace QmpHost.Nbd.Client;

/// <summary>How a client's messages name what servers say.</summary>
internal static class NbdClientNames
{
    /// <summary>Number and name of an option.</summary>
    /// <param name="option">The option.</param>
    /// <returns>For example "7 (go)".</returns>
    public static string Describe(NbdOption option) => $"{(uint)option} ({NbdNames.Describe(option)})";

    /// <summary>Number and name of a reply type.</summary>
    /// <param name="type">The type.</param>
    /// <returns>For example "3 (info)".</returns>
    public static string Describe(NbdOptionReply type) => $"{(uint)type} ({NameOf(type)})";

    /// <summary>Why an option was refused.</summary>
    /// <param name="reply">The server's reply.</param>
    /// <returns>The message.</returns>
    public static string DescribeRefusal(NbdOptionReplyHeader reply)
    {
        string option = Describe(reply.Option);
        return reply.Type switch
        {
            NbdOptionReply.ErrorUnsupported => $"Unsupported option {option}",
            NbdOptionReply.ErrorPolicy => $"Denied by server for option {option}",
            NbdOptionReply.ErrorInvalid => $"Invalid parameters for option {option}",
            NbdOptionReply.ErrorPlatform => $"Server lacks support for option {option}",
            NbdOptionReply.ErrorTlsRequired => $"TLS negotiation required before option {option}",
            NbdOptionReply.ErrorUnknown => "Requested export not available",
            NbdOptionReply.ErrorShutdown => $"Server shutting down before option {option}",
            NbdOptionReply.ErrorBlockSizeRequired => $"Server requires INFO_BLOCK_SIZE for option {option}",
            _ => $"Unknown error code when asking for option {option}",
        };
    }

    private static string NameOf(NbdOptionReply type) => type switch
    {
        NbdOptionReply.Ack => "ack",
        NbdOptionReply.Server => "server",
        NbdOptionReply.Info => "info",
        NbdOptionReply.MetaContext => "meta context",
        NbdOptionReply.ErrorUnsupported => "unsupported",
        NbdOptionReply.ErrorPolicy => "denied by policy",
        NbdOptionReply.ErrorInvalid => "invalid",
        NbdOptionReply.ErrorPlatform => "platform lacks support",
        NbdOptionReply.ErrorTlsRequired => "TLS required",
        NbdOptionReply.ErrorUnknown => "export unknown",
        NbdOptionReply.ErrorShutdown => "server shutting down",
        NbdOptionReply.ErrorBlockSizeRequired => "block size required",
        NbdOptionReply.ErrorTooBig => "option payload too big",
        NbdOptionReply.ErrorExtendedHeadersRequired => "extended headers required",
        _ => "<unknown>",
    };
}
