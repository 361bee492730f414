using QmpHost.Nbd.Protocol;

namespace QmpHost.Nbd.Server;

/// <summary>How much of a connection's memory a request may need, for its payload or for its reply.</summary>
internal static class NbdRequestCharge
{
    /// <summary>Estimates a request, from above.</summary>
    /// <param name="request">The request.</param>
    /// <param name="session">The session.</param>
    /// <returns>Bytes.</returns>
    public static int Of(in NbdRequest request, NbdSession session) => request.Command switch
    {
        NbdCommand.Read or NbdCommand.Write => NbdRequestValidator.IsTooLong(request, session) ? 0 : (int)request.Length,
        NbdCommand.BlockStatus => (int)Math.Min((long)(session.Contexts?.Count ?? 0) * ExtentsOf(request) * NbdExtentList.ExtentSize(session.Framing), int.MaxValue),
        _ => 0,
    };

    // No extent is shorter than a sector, but for the last.
    private static int ExtentsOf(in NbdRequest request)
        => (request.Flags & NbdCommandFlags.RequestOne) != 0 ? 1
            // The length is the payload's, which says later how long the area is.
            : (request.Flags & NbdCommandFlags.PayloadLength) != 0 ? NbdConstants.MaxBlockStatusExtents
            : (int)Math.Min((request.Length / 512) + 1, NbdConstants.MaxBlockStatusExtents);
}
