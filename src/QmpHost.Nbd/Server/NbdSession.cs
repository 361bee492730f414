using QmpHost.Nbd.Protocol;

namespace QmpHost.Nbd.Server;

/// <summary>What client and server have agreed on.</summary>
/// <param name="Export">The export.</param>
/// <param name="Framing">How messages are framed.</param>
/// <param name="Contexts">The selected metadata contexts, or null for none.</param>
internal sealed record NbdSession(NbdExport Export, NbdFraming Framing, NbdMetaContexts? Contexts)
{
    /// <summary>Whether the server knows extended headers, which are not the only thing that changed with them.</summary>
    public bool KnowsExtendedHeaders { get; init; }

    /// <summary>Whether a payload follows the header of a request.</summary>
    /// <param name="request">The request.</param>
    /// <returns>Whether one does.</returns>
    public bool HasPayload(in NbdRequest request)
        => request.Command == NbdCommand.Write || (Framing == NbdFraming.Extended && (request.Flags & NbdCommandFlags.PayloadLength) != 0);
}
