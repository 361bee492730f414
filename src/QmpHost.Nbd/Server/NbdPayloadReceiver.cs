using System.Buffers.Binary;
using QmpHost.Nbd.Protocol;
using QmpHost.Nbd.Transport;
using QmpHost.Net.Transports;

namespace QmpHost.Nbd.Server;

/// <summary>Receives what follows the headers of requests.</summary>
/// <param name="receiver">The connection.</param>
/// <param name="session">What client and server have agreed on.</param>
internal sealed class NbdPayloadReceiver(TransportReader receiver, NbdSession session)
{
    private const string EndOfFile = "Unexpected end-of-file before all data were read";
    private const int LengthSize = 8;
    private const int IdSize = 4;

    /// <summary>Receives the payload of a request into its slot.</summary>
    /// <param name="slot">The request, which has a payload of at most <see cref="NbdConstants.MaxBufferSize"/> bytes.</param>
    /// <returns>Null, or how the client has left.</returns>
    /// <exception cref="IOException">The connection broke.</exception>
    public ValueTask<string?> ReceiveAsync(NbdRequestSlot slot) => slot.Request.Command switch
    {
        NbdCommand.Write => ReceiveDataAsync(slot),
        NbdCommand.BlockStatus => ReceiveContextsAsync(slot),
        _ => SkipUnwantedAsync(slot),
    };

    private async ValueTask<string?> ReceiveDataAsync(NbdRequestSlot slot)
    {
        int length = (int)slot.Request.Length;
        slot.Buffer = NbdBufferPool.Shared.Rent(length);
        return await receiver.ReadAsync(slot.Buffer.Data(length)).ConfigureAwait(false) ? null : $"Failed to read CMD_WRITE data: {EndOfFile}";
    }

    /// <summary>The payload of a block status request: how long the area really is, and which contexts are wanted.</summary>
    private async ValueTask<string?> ReceiveContextsAsync(NbdRequestSlot slot)
    {
        NbdRequest request = slot.Request;
        ulong longest = LengthSize + (ulong)((session.Contexts?.Count ?? 0) * IdSize);
        if (request.Length <= LengthSize || request.Length > longest || (request.Length - LengthSize) % IdSize != 0)
        {
            slot.HasInvalidPayload = true;
            return await SkipUnwantedAsync(slot).ConfigureAwait(false);
        }

        byte[] payload = new byte[request.Length];
        if (!await receiver.ReadAsync(payload).ConfigureAwait(false))
        {
            return $"Failed to read CMD_BLOCK_STATUS data: {EndOfFile}";
        }

        slot.Contexts = session.Contexts!.Narrow(ReadIds(payload.AsSpan(LengthSize)));
        if (slot.Contexts is null)
        {
            slot.HasInvalidPayload = true;
        }

        slot.Request = request with { Length = slot.HasInvalidPayload ? 0 : BinaryPrimitives.ReadUInt64BigEndian(payload) };
        return null;
    }

    /// <summary>Skips a payload that makes no sense; without it the request is about no area at all.</summary>
    private async ValueTask<string?> SkipUnwantedAsync(NbdRequestSlot slot)
    {
        long length = (long)slot.Request.Length;
        slot.Request = slot.Request with { Length = 0 };
        return await receiver.SkipAsync(length).ConfigureAwait(false) ? null : EndOfFile;
    }

    private static uint[] ReadIds(ReadOnlySpan<byte> source)
    {
        uint[] ids = new uint[source.Length / IdSize];
        for (int i = 0; i < ids.Length; i++)
        {
            ids[i] = BinaryPrimitives.ReadUInt32BigEndian(source[(i * IdSize)..]);
        }

        return ids;
    }
}
