using QmpHost.Nbd.Protocol;

namespace QmpHost.Nbd.Server;

/// <summary>The checks that a request must pass before it reaches the disk, in QEMU's order and words.</summary>
internal static class NbdRequestValidator
{
    /// <summary>Whether a request is so long that not even its payload may be read.</summary>
    /// <param name="request">The request.</param>
    /// <returns>Whether it is.</returns>
    public static bool IsTooLong(in NbdRequest request)
        => request.Length > NbdConstants.MaxBufferSize && request.Command is (NbdCommand.Read or NbdCommand.Write or NbdCommand.Cache);

    /// <summary>Looks for the first reason to refuse a request.</summary>
    /// <param name="slot">The request.</param>
    /// <param name="session">The session.</param>
    /// <returns>The reason, or null. The error number is EINVAL, whatever the reason.</returns>
    public static string? FindProblem(NbdRequestSlot slot, NbdSession session)
    {
        NbdRequest request = slot.Request;
        if (slot.BadMagic is { } magic)
        {
            return $"invalid magic (got 0x{magic:x})";
        }

        if (IsTooLong(request))
        {
            return $"len ({request.Length} ) is larger than max len ({NbdConstants.MaxBufferSize})";
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

        return FindCommandProblem(request, session);
    }

    private static string? FindCommandProblem(in NbdRequest request, NbdSession session)
    {
        if (request.Command > NbdCommand.BlockStatus)
        {
            return $"invalid request type ({(ushort)request.Command}) received";
        }

        if (request.Command != NbdCommand.BlockStatus)
        {
            return null;
        }

        if (request.Length == 0)
        {
            return "need non-zero length";
        }

        return session.Contexts is null ? "CMD_BLOCK_STATUS not negotiated" : null;
    }

    private static NbdCommandFlags ValidFlags(NbdCommand command, NbdSession session) => NbdCommandFlags.Fua | command switch
    {
        NbdCommand.Read when session.StructuredReplies => NbdCommandFlags.DontFragment,
        NbdCommand.WriteZeroes => NbdCommandFlags.NoHole | NbdCommandFlags.FastZero,
        NbdCommand.BlockStatus => NbdCommandFlags.RequestOne,
        _ => NbdCommandFlags.None,
    };
}
