using System.Buffers.Binary;
using QmpHost.Nbd.Protocol;
using QmpHost.Net.Transports;

namespace QmpHost.Nbd.Client;

/// <summary>Sends options and reads replies during a client's handshake; problems become messages in QEMU's words.</summary>
/// <param name="receiver">The connection.</param>
internal sealed class NbdHandshakeChannel(TransportReader receiver)
{
    private const string EndOfFile = "Unexpected end-of-file before all data were read";

    /// <summary>The connection.</summary>
    public TransportReader Receiver { get; } = receiver;

    /// <summary>Reads bytes.</summary>
    /// <param name="count">Their number.</param>
    /// <param name="problem">What to say where that fails.</param>
    /// <returns>The bytes.</returns>
    public async ValueTask<byte[]> ReadAsync(int count, string problem)
    {
        byte[] bytes = new byte[count];
        try
        {
            return await Receiver.ReadAsync(bytes).ConfigureAwait(false) ? bytes : throw new NbdClientException($"{problem}: {EndOfFile}");
        }
        catch (IOException e)
        {
            throw new NbdClientException($"{problem}: {TransportErrors.DescribeRead(e)}", e);
        }
    }

    /// <summary>Reads and forgets bytes.</summary>
    /// <param name="count">Their number.</param>
    /// <param name="problem">What to say where that fails.</param>
    /// <returns>A task that ends when they have been read.</returns>
    public async ValueTask SkipAsync(long count, string problem)
    {
        try
        {
            if (!await Receiver.SkipAsync(count).ConfigureAwait(false))
            {
                throw new NbdClientException($"{problem}: {EndOfFile}");
            }
        }
        catch (IOException e)
        {
            throw new NbdClientException($"{problem}: {TransportErrors.DescribeRead(e)}", e);
        }
    }

    /// <summary>Sends bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="problem">What to say where that fails.</param>
    /// <returns>A task that ends when they are sent.</returns>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, string problem)
    {
        try
        {
            await Receiver.Transport.SendAsync(bytes).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new NbdClientException($"{problem}: {TransportErrors.DescribeWrite(e)}", e);
        }
    }

    /// <summary>Sends an option.</summary>
    /// <param name="option">The option.</param>
    /// <param name="data">Its data.</param>
    /// <returns>A task that ends when it is sent.</returns>
    public ValueTask SendOptionAsync(NbdOption option, ReadOnlyMemory<byte> data = default)
    {
        byte[] message = new byte[NbdConstants.OptionHeaderSize + data.Length];
        BinaryPrimitives.WriteUInt64BigEndian(message, NbdConstants.OptionMagic);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(8), (uint)option);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(12), (uint)data.Length);
        data.CopyTo(message.AsMemory(NbdConstants.OptionHeaderSize));
        return SendAsync(message, "Failed to send option request header");
    }

    /// <summary>Reads the header of a reply.</summary>
    /// <param name="option">The option that it should answer.</param>
    /// <returns>The header.</returns>
    public async ValueTask<NbdOptionReplyHeader> ReadReplyAsync(NbdOption option)
    {
        byte[] header = await ReadAsync(NbdConstants.OptionReplyHeaderSize, "Failed to read option reply").ConfigureAwait(false);
        if (BinaryPrimitives.ReadUInt64BigEndian(header) != NbdConstants.OptionReplyMagic)
        {
            throw new NbdClientException("Unexpected option reply magic");
        }

        var answered = (NbdOption)BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(8));
        if (answered != option)
        {
            throw new NbdClientException(
                $"Unexpected option type {NbdClientNames.Describe(answered)}, expected {NbdClientNames.Describe(option)}");
        }

        return new NbdOptionReplyHeader(
            option,
            (NbdOptionReply)BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(12)),
            BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(16)));
    }

    /// <summary>Reads the text of a refusal, which is for people who read traces.</summary>
    /// <param name="reply">The refusal.</param>
    /// <returns>A task that ends when it has been read.</returns>
    public ValueTask SkipRefusalAsync(NbdOptionReplyHeader reply) => reply.Length > NbdConstants.MaxBufferSize
        ? throw new NbdClientException(
            $"server error {NbdClientNames.Describe(reply.Type)} message is too long")
        : SkipAsync(reply.Length, $"Failed to read option error {NbdClientNames.Describe(reply.Type)} message");
}
