using QmpHost.Nbd.Protocol;

namespace QmpHost.Nbd.Server;

/// <summary>The checks that a request must pass before it reaches the disk, in QEMU's order and words.</summary>
internal static class NbdRequestValidator
{
    /// <summary>Whether a request is so long that not even its payload may be read.</summary>
    /// <param name="request">The request.</param>
    /// <param name="session">The session.</param>
    /// <returns>Whether it is.</returns>
    public static bool IsTooLong(in NbdRequest request, NbdSession session)
        => request.Length > NbdConstants.MaxBufferSize && (request.Command is NbdCommand.Read or NbdCommand.Cache || session.HasPayload(request));

    /// <summary>Looks for the first reason to refuse a request.</summary>
    /// <param name="slot">The request.</param>
    /// <param name="session">The session.</param>
    /// <returns>The reason, or null. The error number is EINVAL, whatever the reason.</returns>
    public static string? FindProblem(NbdRequestSlot slot, NbdSession session)
    {
        NbdRequest request = slot.Request;
        if (slot.BadMagic is { } magic)
        {
            return session.KnowsExtendedHeaders
                ? $"invalid magic (got 0x{magic:x}, expected 0x{NbdRequest.MagicOf(session.Framing):x})"
                : $"invalid magic (got 0x{magic:x})";
        }

        // Where a payload has named contexts, the length is that of the area by now.
        if (slot.Contexts is null && IsTooLong(request, session))
        {
            return $"len ({request.Length}{(session.KnowsExtendedHeaders ? "" : " ")}) is larger than max len ({NbdConstants.MaxBufferSize})";
        }

        NbdExport export = session.Export;
        if (!export.Writable && request.Command is (NbdCommand.Write or NbdCommand.WriteZeroes or NbdCommand.Trim))
        {
            return "Export is read-only";
        }

        ulong size = (ulong)export.Size;
        if (request.Offset > size || request.Length > size - request.Offset)
        {
            return $"operation past EOF; From: {request.Offset}, Len: {request.Length}, Size: {size}";
        }

        if ((request.Flags & ~ValidFlags(request.Command, session)) != 0)
        {
            return $"unsupported flags for command {NbdNames.Describe(request.Command)} (got 0x{(ushort)request.Flags:x})";
        }

        return FindCommandProblem(slot, session);
    }

    private static string? FindCommandProblem(NbdRequestSlot slot, NbdSession session)
    {
        NbdRequest request = slot.Request;
        if (request.Command > NbdCommand.BlockStatus)
        {
            return $"invalid request type ({(ushort)request.Command}) received";
        }

        if (request.Command != NbdCommand.BlockStatus)
        {
            return null;
        }

        if (slot.HasInvalidPayload)
        {
            return "CMD_BLOCK_STATUS payload not valid";
        }

        string? withoutContexts = session.Contexts is null ? "CMD_BLOCK_STATUS not negotiated" : null;
        string? withoutLength = request.Length == 0 ? "need non-zero length" : null;
        return session.KnowsExtendedHeaders ? withoutContexts ?? withoutLength : withoutLength ?? withoutContexts;
    }

    private static NbdCommandFlags ValidFlags(NbdCommand command, NbdSession session) => NbdCommandFlags.Fua | command switch
    {
        NbdCommand.Read when session.Framing != NbdFraming.Simple => NbdCommandFlags.DontFragment,
        NbdCommand.Write when session.Framing == NbdFraming.Extended => NbdCommandFlags.PayloadLength,
        NbdCommand.WriteZeroes => NbdCommandFlags.NoHole | NbdCommandFlags.FastZero,
        NbdCommand.BlockStatus when session.Framing == NbdFraming.Extended => NbdCommandFlags.RequestOne | NbdCommandFlags.PayloadLength,
        NbdCommand.BlockStatus => NbdCommandFlags.RequestOne,
        _ => NbdCommandFlags.None,
    };
}
