using System.Buffers.Binary;
using System.Text;
using QmpHost.Nbd.Protocol;
using QmpHost.Nbd.Server;
using QmpHost.Net.Transports;

namespace QmpHost.Nbd.Client;

/// <summary>The client's side of the handshake.</summary>
/// <param name="options">What the client wants.</param>
internal sealed class NbdClientNegotiation(NbdClientOptions options)
{
    private readonly byte[] _name = Encoding.UTF8.GetBytes(options.Export);

    /// <summary>Negotiates.</summary>
    /// <param name="transport">The connection.</param>
    /// <returns>The connection, possibly over TLS, and what was learned of the export.</returns>
    /// <exception cref="NbdClientException">The server does not offer what is wanted, or broke the protocol.</exception>
    public async ValueTask<(TransportReader Receiver, NbdExportInfo Info)> RunAsync(ITransport transport)
    {
        var channel = new NbdHandshakeChannel(new TransportReader(transport));
        ulong magic = BinaryPrimitives.ReadUInt64BigEndian(await channel.ReadAsync(8, "Failed to read initial magic").ConfigureAwait(false));
        if (magic != NbdConstants.InitMagic)
        {
            throw new NbdClientException($"Bad initial magic received: 0x{magic:x16}");
        }

        magic = BinaryPrimitives.ReadUInt64BigEndian(await channel.ReadAsync(8, "Failed to read server magic").ConfigureAwait(false));
        return magic switch
        {
            NbdConstants.OptionMagic => await RunNewstyleAsync(channel).ConfigureAwait(false),
            NbdConstants.OldstyleMagic => (channel.Receiver, await RunOldstyleAsync(channel).ConfigureAwait(false)),
            _ => throw new NbdClientException($"Bad server magic received: 0x{magic:x16}"),
        };
    }

    private async ValueTask<NbdExportInfo> RunOldstyleAsync(NbdHandshakeChannel channel)
    {
        if (options.Tls is not null)
        {
            throw new NbdClientException("Server does not support STARTTLS");
        }

        if (_name.Length > 0)
        {
            throw new NbdClientException("Server does not support non-empty export names");
        }

        ulong size = BinaryPrimitives.ReadUInt64BigEndian(await channel.ReadAsync(8, "Failed to read export length").ConfigureAwait(false));
        uint flags = BinaryPrimitives.ReadUInt32BigEndian(await channel.ReadAsync(4, "Failed to read export flags").ConfigureAwait(false));
        if (flags > ushort.MaxValue)
        {
            throw new NbdClientException($"Unexpected export flags {flags:x}");
        }

        await channel.SkipAsync(NbdConstants.ReservedZeroes, "Failed to read reserved block").ConfigureAwait(false);
        return new NbdExportInfo { Size = size, Flags = (NbdTransmissionFlags)flags };
    }

    private async ValueTask<(TransportReader Receiver, NbdExportInfo Info)> RunNewstyleAsync(NbdHandshakeChannel channel)
    {
        byte[] bytes = await channel.ReadAsync(2, "Failed to read server flags").ConfigureAwait(false);
        var flags = (NbdHandshakeFlags)BinaryPrimitives.ReadUInt16BigEndian(bytes) & (NbdHandshakeFlags.FixedNewstyle | NbdHandshakeFlags.NoZeroes);
        byte[] reply = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(reply, (uint)flags);
        await channel.SendAsync(reply, "Failed to send clientflags field").ConfigureAwait(false);
        bool noZeroes = flags.HasFlag(NbdHandshakeFlags.NoZeroes);
        if (!flags.HasFlag(NbdHandshakeFlags.FixedNewstyle))
        {
            return options.Tls is not null
                ? throw new NbdClientException("Server does not support STARTTLS")
                : (channel.Receiver, await ChooseByNameAsync(channel, noZeroes).ConfigureAwait(false));
        }

        try
        {
            if (options.Tls is not null)
            {
                channel = await NbdClientTls.StartAsync(channel, options).ConfigureAwait(false);
            }

            return (channel.Receiver, await RunFixedAsync(channel, noZeroes).ConfigureAwait(false));
        }
        catch (NbdClientException)
        {
            await TryAbortAsync(channel).ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask<NbdExportInfo> RunFixedAsync(NbdHandshakeChannel channel, bool noZeroes)
    {
        NbdFraming framing = await AgreeOnFramingAsync(channel).ConfigureAwait(false);
        uint? context = framing == NbdFraming.Simple ? null : await NbdClientMetaContext.SelectAsync(channel, _name, options.Context).ConfigureAwait(false);
        NbdExportInfo? info = await NbdClientInfo.GoAsync(channel, _name).ConfigureAwait(false);
        if (info is null)
        {
            // A server that does not know GO may still close the connection on a name that it does not know: ask first.
            await NbdClientList.CheckAsync(channel, options.Export, _name).ConfigureAwait(false);
            info = await ChooseByNameAsync(channel, noZeroes).ConfigureAwait(false);
        }

        return info with { Framing = framing, ContextId = context };
    }

    private async ValueTask<NbdExportInfo> ChooseByNameAsync(NbdHandshakeChannel channel, bool noZeroes)
    {
        await channel.SendOptionAsync(NbdOption.ExportName, _name).ConfigureAwait(false);
        ulong size = BinaryPrimitives.ReadUInt64BigEndian(await channel.ReadAsync(8, "Failed to read export length").ConfigureAwait(false));
        ushort flags = BinaryPrimitives.ReadUInt16BigEndian(await channel.ReadAsync(2, "Failed to read export flags").ConfigureAwait(false));
        if (!noZeroes)
        {
            await channel.SkipAsync(NbdConstants.ReservedZeroes, "Failed to read reserved block").ConfigureAwait(false);
        }

        return new NbdExportInfo { Size = size, Flags = (NbdTransmissionFlags)flags };
    }

    private async ValueTask<NbdFraming> AgreeOnFramingAsync(NbdHandshakeChannel channel)
    {
        if (options.AsksForExtendedHeaders && await AskAsync(channel, NbdOption.ExtendedHeaders).ConfigureAwait(false))
        {
            return NbdFraming.Extended;
        }

        return await AskAsync(channel, NbdOption.StructuredReply).ConfigureAwait(false) ? NbdFraming.Structured : NbdFraming.Simple;
    }

    /// <summary>Asks for something that a server has or has not.</summary>
    private static async ValueTask<bool> AskAsync(NbdHandshakeChannel channel, NbdOption option)
    {
        await channel.SendOptionAsync(option).ConfigureAwait(false);
        NbdOptionReplyHeader reply = await channel.ReadReplyAsync(option).ConfigureAwait(false);
        if (reply.IsError)
        {
            await channel.SkipRefusalAsync(reply).ConfigureAwait(false);
            return false;
        }

        if (reply.Length != 0)
        {
            throw new NbdClientException($"Option {(uint)option} ('{NbdNames.Describe(option)}') response length is {reply.Length} (it should be zero)");
        }

        return reply.Type == NbdOptionReply.Ack
            ? true
            : throw new NbdClientException(
                $"Server answered option {NbdClientNames.Describe(reply.Option)} with unexpected reply {NbdClientNames.Describe(reply.Type)}");
    }

    private static async ValueTask TryAbortAsync(NbdHandshakeChannel channel)
    {
        try
        {
            await channel.SendOptionAsync(NbdOption.Abort).ConfigureAwait(false);
        }
        catch (NbdClientException)
        {
            // The server is gone already.
        }
    }
}
