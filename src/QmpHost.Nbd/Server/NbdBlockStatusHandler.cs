using System.Buffers;
using System.Buffers.Binary;
using QmpHost.Block.Core;
using QmpHost.Nbd.Protocol;

namespace QmpHost.Nbd.Server;

/// <summary>Carries out block status requests: one chunk for each selected context.</summary>
/// <remarks>Used on the host's loop only.</remarks>
internal static class NbdBlockStatusHandler
{
    /// <summary>Queries and puts the reply into the slot.</summary>
    /// <param name="slot">The request.</param>
    /// <param name="session">The session; has at least one context.</param>
    /// <returns>A task that ends when the reply is there.</returns>
    public static async ValueTask QueryAsync(NbdRequestSlot slot, NbdSession session)
    {
        var output = new ArrayBufferWriter<byte>();
        NbdMetaContexts contexts = slot.Contexts ?? session.Contexts!;
        int remaining = contexts.Count;
        try
        {
            foreach ((uint id, _) in contexts.Enumerate())
            {
                var extents = new NbdExtentList((slot.Request.Flags & NbdCommandFlags.RequestOne) != 0 ? 1 : NbdConstants.MaxBlockStatusExtents);
                await CollectAsync(extents, session.Export.Backend, id, slot.Request);
                remaining--;
                WriteChunk(output, session.Framing, slot.Request, id, extents, done: remaining == 0);
            }
        }
        catch (BlockIOException e)
        {
            const string Text = "can't get block status";
            int size = NbdErrorChunk.GetSize(session.Framing, Text);
            NbdErrorChunk.Write(output.GetSpan(size)[..size], session.Framing, slot.Request, e.Errno, Text);
            output.Advance(size);
        }

        slot.SetReply(output.WrittenMemory);
    }

    private static async ValueTask CollectAsync(NbdExtentList extents, INbdExportBackend backend, uint contextId, NbdRequest request)
    {
        long offset = (long)request.Offset;
        long remaining = (long)request.Length;
        while (remaining > 0)
        {
            NbdExtent extent = await GetExtentAsync(backend, contextId, offset, remaining);
            long length = Math.Min(extent.Length, remaining);
            if (!extents.TryAdd(length, extent.Value))
            {
                return;
            }

            offset += length;
            remaining -= length;
        }
    }

    private static async ValueTask<NbdExtent> GetExtentAsync(INbdExportBackend backend, uint contextId, long offset, long bytes)
    {
        switch (contextId)
        {
            case NbdMetaContexts.BaseAllocationId:
                NbdBlockState state = await backend.GetBlockStateAsync(offset, bytes);
                return new NbdExtent(state.Length, state.AllocationValue);
            case NbdMetaContexts.AllocationDepthId:
                return await backend.GetAllocationDepthAsync(offset, bytes);
            default:
                return backend.GetDirtyExtent((int)(contextId - NbdMetaContexts.FirstBitmapId), offset, bytes);
        }
    }

    private static void WriteChunk(
        ArrayBufferWriter<byte> output, NbdFraming framing, in NbdRequest request, uint contextId, NbdExtentList extents, bool done)
    {
        bool isExtended = framing == NbdFraming.Extended;
        int headerSize = NbdReplies.ChunkHeaderSize(framing);

        // Extended, the number of extents is said as well.
        int beforeExtents = isExtended ? 8 : 4;
        int payload = beforeExtents + (NbdExtentList.ExtentSize(framing) * extents.Count);
        Span<byte> span = output.GetSpan(headerSize + payload);
        NbdReplies.WriteChunk(span, framing, request, isExtended ? NbdReplyType.ExtendedBlockStatus : NbdReplyType.BlockStatus, done, payload);
        span = span[headerSize..];
        BinaryPrimitives.WriteUInt32BigEndian(span, contextId);
        if (isExtended)
        {
            BinaryPrimitives.WriteInt32BigEndian(span[4..], extents.Count);
        }

        extents.WriteTo(span[beforeExtents..], framing);
        output.Advance(headerSize + payload);
    }
}
