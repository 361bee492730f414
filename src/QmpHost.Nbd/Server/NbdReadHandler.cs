using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using QmpHost.Block.Core;
using QmpHost.Nbd.Protocol;
using QmpHost.Nbd.Transport;

namespace QmpHost.Nbd.Server;

/// <summary>
/// Carries out reads. The reply is laid out in one buffer as it goes over the wire: chunk headers between pieces of data, the
/// first header in the room in front of the buffer's first page.
/// </summary>
/// <remarks>Used on the host's loop only.</remarks>
/// <param name="session">What client and server have agreed on.</param>
internal sealed class NbdReadHandler(NbdSession session)
{
    private readonly INbdExportBackend _backend = session.Export.Backend;
    private readonly NbdFraming _framing = session.Framing;
    private readonly int _headerSize = NbdReplies.ChunkHeaderSize(session.Framing);

    private int DataHeaderSize => _headerSize + 8;

    private int HoleSize => _headerSize + 12;

    /// <summary>Reads and puts the reply into the slot.</summary>
    /// <param name="slot">The request.</param>
    /// <returns>A task that ends when the reply is there.</returns>
    /// <exception cref="BlockIOException">The disk failed before anything could be replied.</exception>
    public ValueTask ReadAsync(NbdRequestSlot slot)
    {
        if (_framing == NbdFraming.Simple)
        {
            return ReadSimpleAsync(slot);
        }

        if (slot.Request.Length == 0)
        {
            NbdReplies.WriteChunk(slot.SetInlineReply(_headerSize), _framing, slot.Request, NbdReplyType.None, done: true, payloadLength: 0);
            return ValueTask.CompletedTask;
        }

        return (slot.Request.Flags & NbdCommandFlags.DontFragment) != 0 ? ReadWholeAsync(slot) : ReadSparseAsync(slot);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask ReadSimpleAsync(NbdRequestSlot slot)
    {
        int length = (int)slot.Request.Length;
        slot.Buffer = NbdBufferPool.Shared.Rent(length);
        if (length > 0)
        {
            await _backend.ReadAsync((long)slot.Request.Offset, slot.Buffer.Data(length));
        }

        Memory<byte> reply = slot.Buffer.Slice(-NbdConstants.SimpleReplySize, NbdConstants.SimpleReplySize + length);
        NbdReplies.WriteSimple(reply.Span, NbdError.Success, slot.Request.Handle);
        slot.SetReply(reply);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask ReadWholeAsync(NbdRequestSlot slot)
    {
        int length = (int)slot.Request.Length;
        slot.Buffer = NbdBufferPool.Shared.Rent(length);
        await _backend.ReadAsync((long)slot.Request.Offset, slot.Buffer.Data(length));
        Memory<byte> reply = slot.Buffer.Slice(-DataHeaderSize, DataHeaderSize + length);
        WriteDataHeader(reply.Span, slot.Request, (long)slot.Request.Offset, length, done: true);
        slot.SetReply(reply);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask ReadSparseAsync(NbdRequestSlot slot)
    {
        long offset = (long)slot.Request.Offset;
        int length = (int)slot.Request.Length;
        NbdBlockState first;
        try
        {
            first = await _backend.GetBlockStateAsync(offset, length);
        }
        catch (BlockIOException e)
        {
            WriteErrorOnly(slot, e.Errno, DescribeStatusFailure(e));
            return;
        }

        if (first.Length < length)
        {
            await ReadFragmentsAsync(slot, first);
        }
        else if (first.IsZero)
        {
            WriteHole(slot.SetInlineReply(HoleSize), slot.Request, offset, length, done: true);
        }
        else
        {
            await ReadWholeAsync(slot);
        }
    }

    private async ValueTask ReadFragmentsAsync(NbdRequestSlot slot, NbdBlockState first)
    {
        (List<NbdBlockState> extents, BlockIOException? statusFailure) = await CollectExtentsAsync(slot, first);
        int end = (int)slot.Request.Length;
        slot.Buffer = NbdBufferPool.Shared.Rent(end + (HoleSize * extents.Count) + NbdConstants.MaxStringSize);
        long offset = (long)slot.Request.Offset;
        int position = 0;
        for (int i = 0; i < extents.Count; i++)
        {
            bool done = statusFailure is null && i == extents.Count - 1;
            try
            {
                position += await AppendExtentAsync(slot, position, offset, extents[i], done);
            }
            catch (BlockIOException e)
            {
                position += AppendError(slot, position, e.Errno, "reading from file failed");
                slot.SetReply(slot.Buffer.Data(position));
                return;
            }

            offset += extents[i].Length;
        }

        if (statusFailure is not null)
        {
            position += AppendError(slot, position, statusFailure.Errno, DescribeStatusFailure(statusFailure));
        }

        slot.SetReply(slot.Buffer.Data(position));
    }

    /// <summary>The extents of the request, up to the first whose state cannot be found out.</summary>
    private async ValueTask<(List<NbdBlockState> Extents, BlockIOException? Failure)> CollectExtentsAsync(NbdRequestSlot slot, NbdBlockState first)
    {
        List<NbdBlockState> extents = [first];
        long offset = (long)slot.Request.Offset + first.Length;
        long remaining = (long)slot.Request.Length - first.Length;
        while (remaining > 0)
        {
            NbdBlockState next;
            try
            {
                next = await _backend.GetBlockStateAsync(offset, remaining);
            }
            catch (BlockIOException e)
            {
                return (extents, e);
            }

            next = next with { Length = Math.Min(next.Length, remaining) };
            extents.Add(next);
            offset += next.Length;
            remaining -= next.Length;
        }

        return (extents, null);
    }

    private async ValueTask<int> AppendExtentAsync(NbdRequestSlot slot, int position, long offset, NbdBlockState extent, bool done)
    {
        int length = (int)extent.Length;
        if (extent.IsZero)
        {
            WriteHole(slot.Buffer!.Slice(position, HoleSize).Span, slot.Request, offset, length, done);
            return HoleSize;
        }

        await _backend.ReadAsync(offset, slot.Buffer!.Slice(position + DataHeaderSize, length));
        WriteDataHeader(slot.Buffer.Slice(position, DataHeaderSize).Span, slot.Request, offset, length, done);
        return DataHeaderSize + length;
    }

    private int AppendError(NbdRequestSlot slot, int position, Errno errno, string text)
    {
        int size = NbdErrorChunk.GetSize(_framing, text);
        NbdErrorChunk.Write(slot.Buffer!.Slice(position, size).Span, _framing, slot.Request, errno, text);
        return size;
    }

    private void WriteErrorOnly(NbdRequestSlot slot, Errno errno, string text)
        => NbdErrorChunk.Write(slot.SetInlineReply(NbdErrorChunk.GetSize(_framing, text)), _framing, slot.Request, errno, text);

    private static string DescribeStatusFailure(BlockIOException e) => $"unable to check for holes: {e.Errno.Describe()}";

    private void WriteDataHeader(Span<byte> destination, in NbdRequest request, long offset, int length, bool done)
    {
        NbdReplies.WriteChunk(destination, _framing, request, NbdReplyType.OffsetData, done, length + 8);
        BinaryPrimitives.WriteInt64BigEndian(destination[_headerSize..], offset);
    }

    private void WriteHole(Span<byte> destination, in NbdRequest request, long offset, int length, bool done)
    {
        NbdReplies.WriteChunk(destination, _framing, request, NbdReplyType.OffsetHole, done, 12);
        BinaryPrimitives.WriteInt64BigEndian(destination[_headerSize..], offset);
        BinaryPrimitives.WriteInt32BigEndian(destination[(_headerSize + 8)..], length);
    }
}
