using System.Buffers.Binary;
using QmpHost.Block.Core;
using QmpHost.Nbd.Protocol;
using QmpHost.Nbd.Server;
using QmpHost.Net.Transports;

namespace QmpHost.Nbd.Client;

/// <summary>Reads replies and puts what they say into their requests. Runs on the thread pool.</summary>
/// <param name="receiver">The connection.</param>
/// <param name="info">What was negotiated.</param>
/// <param name="find">Finds the request of a handle, or null.</param>
internal sealed class NbdReplyReader(TransportReader receiver, NbdExportInfo info, Func<ulong, NbdClientRequest?> find)
{
    private const int ErrorHeaderSize = 6;
    private const int MaxErrorPayload = 8 + ErrorHeaderSize + ushort.MaxValue;

    /// <summary>Reads one reply, or one chunk of one.</summary>
    /// <returns>The request, if that was its last chunk; whether the stream goes on.</returns>
    /// <exception cref="InvalidDataException">The server broke the protocol.</exception>
    public async ValueTask<(NbdClientRequest? Finished, bool GoesOn)> ReadAsync()
    {
        if (!await receiver.FillAsync(NbdConstants.SimpleReplySize).ConfigureAwait(false))
        {
            return (null, false);
        }

        return BinaryPrimitives.ReadUInt32BigEndian(receiver.Available) switch
        {
            NbdConstants.SimpleReplyMagic => (await ReadSimpleAsync().ConfigureAwait(false), true),
            NbdConstants.StructuredReplyMagic when info.Framing != NbdFraming.Simple => (await ReadChunkAsync(isExtended: false).ConfigureAwait(false), true),
            NbdConstants.ExtendedReplyMagic when info.Framing == NbdFraming.Extended => (await ReadChunkAsync(isExtended: true).ConfigureAwait(false), true),
            _ => throw new InvalidDataException("invalid magic"),
        };
    }

    private async ValueTask<NbdClientRequest?> ReadSimpleAsync()
    {
        uint error = BinaryPrimitives.ReadUInt32BigEndian(receiver.Available[4..]);
        NbdClientRequest request = Find(BinaryPrimitives.ReadUInt64BigEndian(receiver.Available[8..]));
        receiver.Consume(NbdConstants.SimpleReplySize);
        if (error != 0)
        {
            request.Error = NbdErrors.ToErrno((NbdError)error);
        }
        else if (request.Request.Command == NbdCommand.Read)
        {
            if (info.Framing != NbdFraming.Simple)
            {
                throw new InvalidDataException("simple reply to a read");
            }

            await ReadDataAsync(request.Destination).ConfigureAwait(false);
            request.Filled = request.Destination.Length;
        }

        return request;
    }

    /// <summary>Reads a chunk. Also where extended headers are agreed on, a server is understood that answers with the others.</summary>
    private async ValueTask<NbdClientRequest?> ReadChunkAsync(bool isExtended)
    {
        int headerSize = isExtended ? NbdConstants.ExtendedHeaderSize : NbdConstants.ChunkHeaderSize;
        Require(await receiver.FillAsync(headerSize).ConfigureAwait(false));
        ushort flags = BinaryPrimitives.ReadUInt16BigEndian(receiver.Available[4..]);
        var type = (NbdReplyType)BinaryPrimitives.ReadUInt16BigEndian(receiver.Available[6..]);
        NbdClientRequest request = Find(BinaryPrimitives.ReadUInt64BigEndian(receiver.Available[8..]));
        ulong length = isExtended
            ? BinaryPrimitives.ReadUInt64BigEndian(receiver.Available[24..])
            : BinaryPrimitives.ReadUInt32BigEndian(receiver.Available[16..]);
        receiver.Consume(headerSize);
        bool done = (flags & NbdReplies.FlagDone) != 0;
        Require(length <= NbdConstants.MaxBufferSize + 8);
        try
        {
            await ReadPayloadAsync(request, type, length, done).ConfigureAwait(false);
        }
        catch (InvalidDataException)
        {
            request.ErrorOfLoss = Errno.EINVAL;
            throw;
        }

        return done ? request : null;
    }

    private async ValueTask ReadPayloadAsync(NbdClientRequest request, NbdReplyType type, ulong length, bool done)
    {
        switch (type)
        {
            case NbdReplyType.None:
                Require(done && length == 0);
                break;
            case NbdReplyType.OffsetData:
                await ReadOffsetDataAsync(request, length).ConfigureAwait(false);
                break;
            case NbdReplyType.OffsetHole:
                await ReadOffsetHoleAsync(request, length).ConfigureAwait(false);
                break;
            case NbdReplyType.BlockStatus:
                await ReadBlockStatusAsync(request, length).ConfigureAwait(false);
                break;
            case NbdReplyType.ExtendedBlockStatus when info.Framing == NbdFraming.Extended:
                await ReadExtendedBlockStatusAsync(request, length).ConfigureAwait(false);
                break;
            default:
                Require(((int)type & 0x8000) != 0);
                await ReadErrorAsync(request, length).ConfigureAwait(false);
                break;
        }
    }

    private async ValueTask ReadOffsetDataAsync(NbdClientRequest request, ulong length)
    {
        Require(request.Request.Command == NbdCommand.Read && length > 8);
        Require(await receiver.FillAsync(8).ConfigureAwait(false));
        ulong offset = BinaryPrimitives.ReadUInt64BigEndian(receiver.Available);
        receiver.Consume(8);
        await ReadDataAsync(Part(request, offset, length - 8)).ConfigureAwait(false);
    }

    private async ValueTask ReadOffsetHoleAsync(NbdClientRequest request, ulong length)
    {
        Require(request.Request.Command == NbdCommand.Read && length == 12);
        Require(await receiver.FillAsync(12).ConfigureAwait(false));
        ulong offset = BinaryPrimitives.ReadUInt64BigEndian(receiver.Available);
        uint size = BinaryPrimitives.ReadUInt32BigEndian(receiver.Available[8..]);
        receiver.Consume(12);
        Require(size > 0);
        Part(request, offset, size).Span.Clear();
    }

    private async ValueTask ReadBlockStatusAsync(NbdClientRequest request, ulong length)
    {
        Require(request.Request.Command == NbdCommand.BlockStatus && length >= 12 && (length - 4) % 8 == 0);
        Require(await receiver.FillAsync(12).ConfigureAwait(false));
        uint context = BinaryPrimitives.ReadUInt32BigEndian(receiver.Available);
        uint size = BinaryPrimitives.ReadUInt32BigEndian(receiver.Available[4..]);
        uint value = BinaryPrimitives.ReadUInt32BigEndian(receiver.Available[8..]);
        receiver.Consume(12);
        await TakeExtentAsync(request, context, size, value, length - 12).ConfigureAwait(false);
    }

    private async ValueTask ReadExtendedBlockStatusAsync(NbdClientRequest request, ulong length)
    {
        Require(request.Request.Command == NbdCommand.BlockStatus && length is >= 24 and <= NbdConstants.MaxBufferSize);
        Require(await receiver.FillAsync(24).ConfigureAwait(false));
        uint context = BinaryPrimitives.ReadUInt32BigEndian(receiver.Available);

        // The number of extents comes next; the first is all that is used.
        ulong size = BinaryPrimitives.ReadUInt64BigEndian(receiver.Available[8..]);
        ulong value = BinaryPrimitives.ReadUInt64BigEndian(receiver.Available[16..]);
        receiver.Consume(24);
        await TakeExtentAsync(request, context, size, (uint)value, length - 24).ConfigureAwait(false);
    }

    private async ValueTask TakeExtentAsync(NbdClientRequest request, uint context, ulong size, uint value, ulong rest)
    {
        Require(context == info.ContextId && size > 0 && request.Extent is null);
        request.Extent = new NbdExtent((long)Math.Min(size, long.MaxValue), value);

        // One extent was asked for; what a talkative server adds is of no use.
        Require(await receiver.SkipAsync((long)rest).ConfigureAwait(false));
    }

    private async ValueTask ReadErrorAsync(NbdClientRequest request, ulong length)
    {
        Require(length is >= ErrorHeaderSize and <= MaxErrorPayload);
        Require(await receiver.FillAsync(ErrorHeaderSize).ConfigureAwait(false));
        uint error = BinaryPrimitives.ReadUInt32BigEndian(receiver.Available);
        uint textLength = BinaryPrimitives.ReadUInt16BigEndian(receiver.Available[4..]);
        receiver.Consume(ErrorHeaderSize);
        Require(error != 0 && textLength <= length - ErrorHeaderSize);
        Require(await receiver.SkipAsync((long)length - ErrorHeaderSize).ConfigureAwait(false));
        if (request.Error == Errno.None)
        {
            request.Error = NbdErrors.ToErrno((NbdError)error);
        }
    }

    private static Memory<byte> Part(NbdClientRequest request, ulong offset, ulong length)
    {
        ulong start = request.Request.Offset;
        Require(offset >= start && offset - start <= request.Request.Length && length <= request.Request.Length - (offset - start));
        request.Filled += (long)length;
        return request.Destination.Slice((int)(offset - start), (int)length);
    }

    private async ValueTask ReadDataAsync(Memory<byte> destination) => Require(await receiver.ReadAsync(destination).ConfigureAwait(false));

    private NbdClientRequest Find(ulong handle) => find(handle) ?? throw new InvalidDataException("unexpected handle");

    private static void Require(bool condition)
    {
        if (!condition)
        {
            throw new InvalidDataException("malformed reply");
        }
    }
}
