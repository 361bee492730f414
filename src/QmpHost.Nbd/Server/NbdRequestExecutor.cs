using System.Runtime.CompilerServices;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Nbd.Protocol;

namespace QmpHost.Nbd.Server;

/// <summary>Carries out requests of one session and puts their replies into their slots.</summary>
/// <remarks>Used on the host's loop only.</remarks>
/// <param name="session">What client and server have agreed on.</param>
internal sealed class NbdRequestExecutor(NbdSession session)
{
    private readonly INbdExportBackend _backend = session.Export.Backend;
    private readonly NbdReadHandler _reader = new(session);

    /// <summary>Carries a request out. It never fails: failures become replies.</summary>
    /// <param name="slot">The request; holds the reply afterwards.</param>
    /// <returns>A task that ends when the reply is there.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask ExecuteAsync(NbdRequestSlot slot)
    {
        NbdRequest request = slot.Request;
        if (NbdRequestValidator.FindProblem(slot, session) is { } problem)
        {
            WriteError(slot, Errno.EINVAL, problem);
            return;
        }

        try
        {
            switch (request.Command)
            {
                case NbdCommand.Read:
                    await _reader.ReadAsync(slot);
                    return;
                case NbdCommand.BlockStatus:
                    await NbdBlockStatusHandler.QueryAsync(slot, session);
                    return;
                default:
                    await CarryOutAsync(slot);
                    WriteSuccess(slot);
                    return;
            }
        }
        catch (BlockIOException e) when (e is not RequestDroppedException)
        {
            WriteError(slot, e.Errno, DescribeFailure(request.Command));
        }
    }

    private ValueTask CarryOutAsync(NbdRequestSlot slot)
    {
        NbdRequest request = slot.Request;
        long offset = (long)request.Offset;
        if (request.Length == 0 && request.Command != NbdCommand.Flush)
        {
            return ValueTask.CompletedTask;
        }

        return request.Command switch
        {
            NbdCommand.Write => _backend.WriteAsync(offset, slot.Buffer!.Data((int)request.Length), WriteFlags(request)),
            NbdCommand.WriteZeroes => _backend.WriteZeroesAsync(offset, (long)request.Length, ZeroFlags(request)),
            NbdCommand.Trim => TrimAsync(request),
            NbdCommand.Cache => _backend.PrefetchAsync(offset, (long)request.Length),
            NbdCommand.Flush => _backend.FlushAsync(),
            _ => throw new InvalidOperationException(request.Command.ToString()),
        };
    }

    private async ValueTask TrimAsync(NbdRequest request)
    {
        await _backend.DiscardAsync((long)request.Offset, (long)request.Length);
        if (request.Flags.HasFlag(NbdCommandFlags.Fua))
        {
            await _backend.FlushAsync();
        }
    }

    private RequestFlags WriteFlags(NbdRequest request)
        => (request.Flags & NbdCommandFlags.Fua) != 0 || session.Export.WriteThrough ? RequestFlags.Fua : RequestFlags.None;

    private RequestFlags ZeroFlags(NbdRequest request)
    {
        RequestFlags flags = WriteFlags(request);
        if ((request.Flags & NbdCommandFlags.NoHole) == 0)
        {
            flags |= RequestFlags.MayUnmap;
        }

        return (request.Flags & NbdCommandFlags.FastZero) != 0 ? flags | RequestFlags.NoFallback : flags;
    }

    private void WriteSuccess(NbdRequestSlot slot)
    {
        if (session.Framing == NbdFraming.Extended)
        {
            NbdReplies.WriteChunk(
                slot.SetInlineReply(NbdConstants.ExtendedHeaderSize), session.Framing, slot.Request, NbdReplyType.None, done: true, payloadLength: 0);
        }
        else
        {
            NbdReplies.WriteSimple(slot.SetInlineReply(NbdConstants.SimpleReplySize), NbdError.Success, slot.Request.Handle);
        }
    }

    private void WriteError(NbdRequestSlot slot, Errno errno, string text)
    {
        if (session.Framing == NbdFraming.Simple)
        {
            NbdReplies.WriteSimple(slot.SetInlineReply(NbdConstants.SimpleReplySize), NbdErrors.FromErrno(errno), slot.Request.Handle);
        }
        else
        {
            NbdErrorChunk.Write(slot.SetInlineReply(NbdErrorChunk.GetSize(session.Framing, text)), session.Framing, slot.Request, errno, text);
        }
    }

    private static string DescribeFailure(NbdCommand command) => command switch
    {
        NbdCommand.Read => "reading from file failed",
        NbdCommand.Trim => "discard failed",
        NbdCommand.Flush => "flush failed",
        NbdCommand.Cache => "caching data failed",
        NbdCommand.BlockStatus => "can't get block status",
        _ => "writing to file failed",
    };
}
