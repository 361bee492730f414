using System.Buffers.Binary;
using QmpHost.Nbd.Protocol;

namespace QmpHost.Nbd.Client;

/// <summary>Looks for an export in a server's list.</summary>
internal static class NbdClientList
{
    /// <summary>Makes sure that an export exists, as far as the server lets itself be asked.</summary>
    /// <param name="channel">The connection.</param>
    /// <param name="export">The export's name.</param>
    /// <param name="name">The name in UTF-8.</param>
    /// <returns>A task that ends when it is known.</returns>
    /// <exception cref="NbdClientException">There is no such export.</exception>
    public static async ValueTask CheckAsync(NbdHandshakeChannel channel, string export, byte[] name)
    {
        await channel.SendOptionAsync(NbdOption.List).ConfigureAwait(false);
        bool found = false;
        while (true)
        {
            NbdOptionReplyHeader reply = await channel.ReadReplyAsync(NbdOption.List).ConfigureAwait(false);
            if (reply.IsError)
            {
                await channel.SkipRefusalAsync(reply).ConfigureAwait(false);
                if (reply.Type != NbdOptionReply.ErrorUnsupported)
                {
                    throw new NbdClientException(NbdClientNames.DescribeRefusal(reply));
                }

                return;
            }

            if (reply.Type == NbdOptionReply.Ack)
            {
                CheckEnd(reply, found, export);
                return;
            }

            found |= await ReadNameAsync(channel, reply, name).ConfigureAwait(false);
        }
    }

    private static void CheckEnd(NbdOptionReplyHeader reply, bool found, string export)
    {
        if (reply.Length != 0)
        {
            throw new NbdClientException("length too long for option end");
        }

        if (!found)
        {
            throw new NbdClientException($"No export with name '{export}' available");
        }
    }

    private static async ValueTask<bool> ReadNameAsync(NbdHandshakeChannel channel, NbdOptionReplyHeader reply, byte[] wanted)
    {
        if (reply.Type != NbdOptionReply.Server)
        {
            throw new NbdClientException(
                $"Unexpected reply type {NbdClientNames.Describe(reply.Type)}, expected {NbdClientNames.Describe(NbdOptionReply.Server)}");
        }

        if (reply.Length is < 4 or > NbdConstants.MaxBufferSize)
        {
            throw new NbdClientException($"incorrect option length {reply.Length}");
        }

        uint length = BinaryPrimitives.ReadUInt32BigEndian(await channel.ReadAsync(4, "failed to read option name length").ConfigureAwait(false));
        if (length > reply.Length - 4)
        {
            throw new NbdClientException("incorrect name length in server's list response");
        }

        byte[] rest = await channel.ReadAsync((int)reply.Length - 4, "failed to read export name").ConfigureAwait(false);
        return rest.AsSpan(0, (int)length).SequenceEqual(wanted);
    }
}
