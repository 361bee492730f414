using System.Buffers.Binary;
using System.Text;
using QmpHost.Nbd.Protocol;

namespace QmpHost.Nbd.Client;

/// <summary>Selects the metadata context of a client.</summary>
internal static class NbdClientMetaContext
{
    /// <summary>Selects a context.</summary>
    /// <param name="channel">The connection.</param>
    /// <param name="export">The export's name.</param>
    /// <param name="context">The context's name.</param>
    /// <returns>Its identifier, or null where the server does not have it.</returns>
    public static async ValueTask<uint?> SelectAsync(NbdHandshakeChannel channel, byte[] export, string context)
    {
        await channel.SendOptionAsync(NbdOption.SetMetaContext, Compose(export, Encoding.UTF8.GetBytes(context))).ConfigureAwait(false);
        uint? id = null;
        while (true)
        {
            NbdOptionReplyHeader reply = await channel.ReadReplyAsync(NbdOption.SetMetaContext).ConfigureAwait(false);
            if (reply.IsError)
            {
                await channel.SkipRefusalAsync(reply).ConfigureAwait(false);
                return null;
            }

            if (reply.Type == NbdOptionReply.Ack)
            {
                return reply.Length == 0 ? id : throw new NbdClientException("Unexpected length to ACK response");
            }

            uint found = await ReadContextAsync(channel, reply, context).ConfigureAwait(false);
            id = id is null ? found : throw new NbdClientException("Server answered with more than one context");
        }
    }

    private static byte[] Compose(byte[] export, byte[] query)
    {
        byte[] data = new byte[12 + export.Length + query.Length];
        BinaryPrimitives.WriteInt32BigEndian(data, export.Length);
        export.CopyTo(data, 4);
        Span<byte> rest = data.AsSpan(4 + export.Length);
        BinaryPrimitives.WriteInt32BigEndian(rest, 1);
        BinaryPrimitives.WriteInt32BigEndian(rest[4..], query.Length);
        query.CopyTo(rest[8..]);
        return data;
    }

    private static async ValueTask<uint> ReadContextAsync(NbdHandshakeChannel channel, NbdOptionReplyHeader reply, string context)
    {
        if (reply.Type != NbdOptionReply.MetaContext)
        {
            throw new NbdClientException(
                $"Unexpected reply type {NbdClientNames.Describe(reply.Type)}, expected {NbdClientNames.Describe(NbdOptionReply.MetaContext)}");
        }

        if (reply.Length is <= 4 or > NbdConstants.MaxBufferSize)
        {
            throw new NbdClientException($"Failed to negotiate meta context, server answered with unexpected length {reply.Length}");
        }

        byte[] payload = await channel.ReadAsync((int)reply.Length, "Failed to read context").ConfigureAwait(false);
        string name = Encoding.UTF8.GetString(payload.AsSpan(4));
        return name == context
            ? BinaryPrimitives.ReadUInt32BigEndian(payload)
            : throw new NbdClientException($"Failed to negotiate meta context '{context}', server answered with different context '{name}'");
    }
}
