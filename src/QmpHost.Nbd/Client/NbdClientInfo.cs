using System.Buffers.Binary;
using System.Numerics;
using QmpHost.Nbd.Protocol;

namespace QmpHost.Nbd.Client;

/// <summary>Chooses an export with option GO.</summary>
internal static class NbdClientInfo
{
    /// <summary>Chooses an export and asks for its block sizes.</summary>
    /// <param name="channel">The connection.</param>
    /// <param name="export">The export's name.</param>
    /// <returns>What the server says of it, or null where it does not know the option.</returns>
    public static async ValueTask<NbdExportInfo?> GoAsync(NbdHandshakeChannel channel, byte[] export)
    {
        byte[] data = new byte[8 + export.Length];
        BinaryPrimitives.WriteInt32BigEndian(data, export.Length);
        export.CopyTo(data, 4);
        BinaryPrimitives.WriteUInt16BigEndian(data.AsSpan(4 + export.Length), 1);
        BinaryPrimitives.WriteUInt16BigEndian(data.AsSpan(6 + export.Length), (ushort)NbdInfoType.BlockSize);
        await channel.SendOptionAsync(NbdOption.Go, data).ConfigureAwait(false);
        var info = new NbdExportInfo();
        while (true)
        {
            NbdOptionReplyHeader reply = await channel.ReadReplyAsync(NbdOption.Go).ConfigureAwait(false);
            if (reply.IsError)
            {
                await channel.SkipRefusalAsync(reply).ConfigureAwait(false);
                return reply.Type == NbdOptionReply.ErrorUnsupported ? null : throw new NbdClientException(NbdClientNames.DescribeRefusal(reply));
            }

            if (reply.Type == NbdOptionReply.Ack)
            {
                return Finish(info, reply);
            }

            info = await ReadInfoAsync(channel, reply, info).ConfigureAwait(false);
        }
    }

    private static NbdExportInfo Finish(NbdExportInfo info, NbdOptionReplyHeader reply)
    {
        if (reply.Length != 0)
        {
            throw new NbdClientException("server sent invalid NBD_REP_ACK");
        }

        return info.Flags == NbdTransmissionFlags.None ? throw new NbdClientException("broken server omitted NBD_INFO_EXPORT") : info;
    }

    private static async ValueTask<NbdExportInfo> ReadInfoAsync(NbdHandshakeChannel channel, NbdOptionReplyHeader reply, NbdExportInfo info)
    {
        if (reply.Type != NbdOptionReply.Info)
        {
            throw new NbdClientException(
                $"unexpected reply type {NbdClientNames.Describe(reply.Type)}, expected {NbdClientNames.Describe(NbdOptionReply.Info)}");
        }

        if (reply.Length < 2)
        {
            throw new NbdClientException($"NBD_REP_INFO length {reply.Length} is too short");
        }

        byte[] head = await channel.ReadAsync(2, "failed to read info type").ConfigureAwait(false);
        uint length = reply.Length - 2;
        switch ((NbdInfoType)BinaryPrimitives.ReadUInt16BigEndian(head))
        {
            case NbdInfoType.Export:
                return ReadExport(await ReadExactlyAsync(channel, length, 10).ConfigureAwait(false), info);
            case NbdInfoType.BlockSize:
                return ReadBlockSizes(await ReadExactlyAsync(channel, length, 12).ConfigureAwait(false), info);
            default:
                await channel.SkipAsync(length, "Failed to read info payload").ConfigureAwait(false);
                return info;
        }
    }

    private static ValueTask<byte[]> ReadExactlyAsync(NbdHandshakeChannel channel, uint length, int expected) => length == expected
        ? channel.ReadAsync(expected, "failed to read info payload")
        : throw new NbdClientException($"remaining export info len {length} is unexpected size");

    private static NbdExportInfo ReadExport(byte[] payload, NbdExportInfo info) => info with
    {
        Size = BinaryPrimitives.ReadUInt64BigEndian(payload),
        Flags = (NbdTransmissionFlags)BinaryPrimitives.ReadUInt16BigEndian(payload.AsSpan(8)),
    };

    private static NbdExportInfo ReadBlockSizes(byte[] payload, NbdExportInfo info)
    {
        uint minimum = BinaryPrimitives.ReadUInt32BigEndian(payload);
        uint preferred = BinaryPrimitives.ReadUInt32BigEndian(payload.AsSpan(4));
        uint maximum = BinaryPrimitives.ReadUInt32BigEndian(payload.AsSpan(8));
        if (!BitOperations.IsPow2(minimum))
        {
            throw new NbdClientException($"server minimum block size {minimum} is not a power of two");
        }

        if (!BitOperations.IsPow2(preferred) || preferred < minimum)
        {
            throw new NbdClientException($"server preferred block size {preferred} is not valid");
        }

        if (maximum < minimum)
        {
            throw new NbdClientException($"server maximum block size {maximum} is not valid");
        }

        return info with
        {
            MinimumBlock = minimum,
            PreferredBlock = preferred,
            MaximumBlock = Math.Min(maximum, NbdConstants.MaxBufferSize) & ~(minimum - 1),
        };
    }
}
