using System.Buffers.Binary;
using System.Text;
using QmpHost.Nbd.Protocol;
using QmpHost.Net.Transports;

namespace QmpHost.Nbd.Server;

/// <summary>The server's side of the handshake of one connection.</summary>
/// <remarks>Used on the host's loop only.</remarks>
/// <param name="directory">The exports.</param>
/// <param name="transport">The connection.</param>
/// <param name="tls">How to start TLS, which is then required; or null.</param>
/// <param name="knowsExtendedHeaders">Whether extended headers are offered.</param>
internal sealed class NbdNegotiation(INbdExportDirectory directory, ITransport transport, INbdTlsUpgrade? tls, bool knowsExtendedHeaders)
{
    private readonly NbdOptionWriter _writer = new(transport);
    private bool _noZeroes;
    private NbdFraming _framing;
    private bool _secure;
    private NbdMetaContexts? _contexts;

    /// <summary>The reader of the connection, over TLS once that has started.</summary>
    public TransportReader Receiver { get; private set; } = new(transport);

    /// <summary>Negotiates until the client chooses an export or leaves.</summary>
    /// <returns>What was agreed, or null if the client left as it should.</returns>
    /// <exception cref="NbdNegotiationException">The client broke the protocol, or left without a word.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public async ValueTask<NbdSession?> RunAsync()
    {
        await SendGreetingAsync();
        bool fixedNewstyle = await ReceiveClientFlagsAsync();
        while (true)
        {
            NbdOptionReader option = await ReceiveOptionAsync();
            if (option.Option == NbdOption.Abort && fixedNewstyle)
            {
                await SendAbortReplyAsync(option.Option);
                return null;
            }

            NbdSession? session = await HandleOptionAsync(option, fixedNewstyle);
            await _writer.FlushAsync();
            if (session is not null)
            {
                return session;
            }
        }
    }

    private async ValueTask SendGreetingAsync()
    {
        byte[] greeting = new byte[18];
        BinaryPrimitives.WriteUInt64BigEndian(greeting, NbdConstants.InitMagic);
        BinaryPrimitives.WriteUInt64BigEndian(greeting.AsSpan(8), NbdConstants.OptionMagic);
        BinaryPrimitives.WriteUInt16BigEndian(greeting.AsSpan(16), (ushort)(NbdHandshakeFlags.FixedNewstyle | NbdHandshakeFlags.NoZeroes));
        await transport.SendAsync(greeting);
    }

    private async ValueTask<bool> ReceiveClientFlagsAsync()
    {
        await FillAsync(4, "Failed to read flags");
        var flags = (NbdHandshakeFlags)BinaryPrimitives.ReadUInt32BigEndian(Receiver.Available);
        Receiver.Consume(4);
        NbdHandshakeFlags unknown = flags & ~(NbdHandshakeFlags.FixedNewstyle | NbdHandshakeFlags.NoZeroes);
        if (unknown != 0)
        {
            throw new NbdNegotiationException($"Unknown client flags 0x{(uint)unknown:x} received");
        }

        _noZeroes = flags.HasFlag(NbdHandshakeFlags.NoZeroes);
        return flags.HasFlag(NbdHandshakeFlags.FixedNewstyle);
    }

    private async ValueTask<NbdOptionReader> ReceiveOptionAsync()
    {
        await FillAsync(8, "Failed to read opts magic");
        if (BinaryPrimitives.ReadUInt64BigEndian(Receiver.Available) != NbdConstants.OptionMagic)
        {
            throw new NbdNegotiationException("Bad magic received");
        }

        await FillAsync(NbdConstants.OptionHeaderSize, "Failed to read opt");
        var option = (NbdOption)BinaryPrimitives.ReadUInt32BigEndian(Receiver.Available[8..]);
        uint length = BinaryPrimitives.ReadUInt32BigEndian(Receiver.Available[12..]);
        Receiver.Consume(NbdConstants.OptionHeaderSize);
        if (length > NbdConstants.MaxBufferSize)
        {
            throw new NbdNegotiationException($"len ({length} ) is larger than max len ({NbdConstants.MaxBufferSize})");
        }

        return new NbdOptionReader(Receiver, option, length);
    }

    private async ValueTask SendAbortReplyAsync(NbdOption option)
    {
        _writer.Reply(option, NbdOptionReply.Ack);
        try
        {
            await _writer.FlushAsync();
        }
        catch (IOException)
        {
            // The client need not wait for the answer.
        }
    }

    private async ValueTask<NbdSession?> HandleOptionAsync(NbdOptionReader option, bool fixedNewstyle)
    {
        if (!fixedNewstyle && option.Option != NbdOption.ExportName)
        {
            throw new NbdNegotiationException(Unsupported(option));
        }

        try
        {
            CheckTls(option);
            return await DispatchAsync(option);
        }
        catch (NbdOptionException e)
        {
            await option.SkipRemainingAsync();
            _writer.Reply(option.Option, e.Reply, e.Text);
            return null;
        }
    }

    private void CheckTls(NbdOptionReader option)
    {
        if (tls is null || _secure || option.Option == NbdOption.StartTls)
        {
            return;
        }

        string text = $"Option 0x{(uint)option.Option:x} not permitted before TLS";
        throw option.Option == NbdOption.ExportName
            ? new NbdNegotiationException(text)
            : new NbdOptionException(NbdOptionReply.ErrorTlsRequired, Encoding.UTF8.GetBytes(text));
    }

    private async ValueTask<NbdSession?> DispatchAsync(NbdOptionReader option)
    {
        switch (option.Option)
        {
            case NbdOption.ExportName:
                return await HandleExportNameAsync(option);
            case NbdOption.Info:
            case NbdOption.Go:
                NbdExport export = await NbdInfoHandler.HandleAsync(option, directory, _writer, _framing, _contexts);
                return option.Option == NbdOption.Go ? Finish(export) : null;
            case NbdOption.List:
                HandleList(option);
                return null;
            case NbdOption.StartTls:
                await HandleStartTlsAsync(option);
                return null;
            case NbdOption.StructuredReply:
                HandleStructuredReply(option);
                return null;
            case NbdOption.ExtendedHeaders when knowsExtendedHeaders:
                HandleExtendedHeaders(option);
                return null;
            case NbdOption.ListMetaContext:
            case NbdOption.SetMetaContext:
                await HandleMetaContextAsync(option);
                return null;
            default:
                throw new NbdOptionException(NbdOptionReply.ErrorUnsupported, Encoding.UTF8.GetBytes(Unsupported(option)));
        }
    }

    private async ValueTask<NbdSession> HandleExportNameAsync(NbdOptionReader option)
    {
        if (_framing == NbdFraming.Extended)
        {
            throw new NbdNegotiationException("Extended headers already negotiated");
        }

        if (option.Remaining > NbdConstants.MaxStringSize)
        {
            throw new NbdNegotiationException("Bad length received");
        }

        byte[] name = new byte[option.Remaining];
        if (!await Receiver.ReadAsync(name))
        {
            throw new NbdNegotiationException("Failed to read export name: Unexpected end-of-file before all data were read");
        }

        // Whoever sends the name with its terminating null character is understood.
        int end = name.AsSpan().IndexOf((byte)0);
        string text = Encoding.UTF8.GetString(name, 0, end < 0 ? name.Length : end);
        NbdExport export = directory.Find(text) ?? throw new NbdNegotiationException("export not found");
        byte[] reply = new byte[10 + (_noZeroes ? 0 : NbdConstants.ReservedZeroes)];
        NbdInfoHandler.WriteSizeAndFlags(reply, export, export.GetFlags(_framing, hasContexts: false));
        _writer.Raw(reply);
        return Finish(export);
    }

    private void HandleList(NbdOptionReader option)
    {
        option.CheckEnd();
        foreach (NbdExport export in directory.Exports)
        {
            _writer.Server(export);
        }

        _writer.Reply(option.Option, NbdOptionReply.Ack);
    }

    private async ValueTask HandleStartTlsAsync(NbdOptionReader option)
    {
        option.CheckEnd();
        if (tls is null)
        {
            throw new NbdOptionException(NbdOptionReply.ErrorPolicy, "TLS not configured"u8.ToArray());
        }

        if (_secure)
        {
            throw NbdOptionReader.Invalid("TLS already enabled");
        }

        _writer.Reply(option.Option, NbdOptionReply.Ack);
        await _writer.FlushAsync();
        ITransport secure = await tls.UpgradeAsync(Receiver);
        _writer.Transport = secure;
        Receiver = new TransportReader(secure);
        _secure = true;
    }

    private void HandleStructuredReply(NbdOptionReader option)
    {
        option.CheckEnd();
        switch (_framing)
        {
            case NbdFraming.Extended:
                throw new NbdOptionException(NbdOptionReply.ErrorExtendedHeadersRequired, "extended headers already negotiated"u8.ToArray());
            case NbdFraming.Structured:
                throw NbdOptionReader.Invalid("structured reply already negotiated");
            default:
                _framing = NbdFraming.Structured;
                _writer.Reply(option.Option, NbdOptionReply.Ack);
                break;
        }
    }

    private void HandleExtendedHeaders(NbdOptionReader option)
    {
        option.CheckEnd();
        if (_framing == NbdFraming.Extended)
        {
            throw NbdOptionReader.Invalid("extended headers already negotiated");
        }

        _framing = NbdFraming.Extended;
        _writer.Reply(option.Option, NbdOptionReply.Ack);
    }

    private async ValueTask HandleMetaContextAsync(NbdOptionReader option)
    {
        if (option.Option == NbdOption.ListMetaContext)
        {
            await NbdMetaContextHandler.HandleAsync(option, directory, _writer);
            return;
        }

        if (_framing == NbdFraming.Simple)
        {
            throw NbdOptionReader.Invalid($"request option '{option.Name}' when structured reply is not negotiated");
        }

        // Even an attempt that fails ends what was selected before.
        _contexts = null;
        _contexts = await NbdMetaContextHandler.HandleAsync(option, directory, _writer);
    }

    private NbdSession Finish(NbdExport export)
    {
        NbdMetaContexts? contexts = _contexts is { Count: > 0 } selected && selected.Export == export ? selected : null;
        return new NbdSession(export, _framing, contexts) { KnowsExtendedHeaders = knowsExtendedHeaders };
    }

    private async ValueTask FillAsync(int count, string problem)
    {
        try
        {
            if (!await Receiver.FillAsync(count))
            {
                throw new NbdNegotiationException($"{problem}: Unexpected end-of-file before all data were read");
            }
        }
        catch (IOException e)
        {
            throw new NbdNegotiationException($"{problem}: {TransportErrors.DescribeRead(e)}");
        }
    }

    private string Unsupported(NbdOptionReader option)
    {
        NbdOption known = option.Option == NbdOption.ExtendedHeaders && !knowsExtendedHeaders ? default : option.Option;
        return $"Unsupported option {(uint)option.Option} ({NbdNames.Describe(known)})";
    }
}
