using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Nbd.Protocol;
using QmpHost.Nbd.Server;
using QmpHost.Net.Tls;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Nbd.Client;

/// <summary>nbd: the export of an NBD server. The driver turns requests into the protocol's.</summary>
public sealed class NbdDriver : BlockDriver
{
    private readonly BlockDriverDescriptor _descriptor;
    private readonly ITlsObjects _objects;
    private BlockdevOptionsNbd? _options;
    private NbdClientSession? _session;

    private NbdDriver(BlockDriverDescriptor descriptor, ITlsObjects objects)
    {
        _descriptor = descriptor;
        _objects = objects;
    }

    /// <summary>What the driver is.</summary>
    /// <param name="objects">The host's objects, for TLS credentials.</param>
    /// <returns>The driver's table.</returns>
    public static BlockDriverDescriptor Table(ITlsObjects objects) => new()
    {
        Name = "nbd",
        SchemaValue = BlockdevDriver.Nbd,
        Make = table => new NbdDriver(table, objects),
        IsProtocol = true,
        ReopenOptions = [],
        // Opened by its name, QEMU's driver calls itself after one of the three kinds of names that it has.
        ProtocolName = "nbd+unix",
        Protocols = NbdFilenameParser.Protocols,
        FilenameParser = static (_, filename) => NbdFilenameParser.Parse(filename),
        TranslateOptions = NbdOlderOptions.Translate,
        IsSaidByFilename = static option => option is "host" or "port" or "path" or "export" or "server",
    };

    /// <inheritdoc/>
    public override BlockDriverDescriptor Descriptor => _descriptor;

    /// <inheritdoc/>
    public override string? ExactFilename => NbdFilename.Compose(_options!.Server, _options.Export);

    /// <inheritdoc/>
    public override bool ProvidesInfo => false;

    /// <inheritdoc/>
    public override bool SupportsWriteZeroes => Has(NbdTransmissionFlags.SendWriteZeroes);

    /// <inheritdoc/>
    public override bool SupportsDiscard => Has(NbdTransmissionFlags.SendTrim);

    /// <inheritdoc/>
    public override RequestFlags SupportedWriteFlags => Has(NbdTransmissionFlags.SendFua) ? RequestFlags.Fua : RequestFlags.None;

    /// <inheritdoc/>
    public override RequestFlags SupportedZeroFlags => RequestFlags.MayUnmap | SupportedWriteFlags
        | (Has(NbdTransmissionFlags.SendFastZero) ? RequestFlags.NoFallback : RequestFlags.None);

    private NbdClientSession Session => _session ?? throw new BlockIOException(Errno.EIO);

    private NbdExportInfo Info => Session.Info;

    private long Size => (long)Info.Size;

    /// <summary>Whether requests without data may be as long as the disk.</summary>
    private bool HasLongRequests => Info.Framing == NbdFraming.Extended;

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(BlockOpenContext context)
    {
        _options = (BlockdevOptionsNbd)context.Options.Branch!;
        if (_options.Server.Branch is QmpHost.Qapi.Schema.String descriptor)
        {
            // Monitors take no file descriptors, so that none has any name.
            throw new QmpException(context.Node.Graph.Context.Surroundings.HasMachine
                ? $"File descriptor named '{descriptor.Str}' has not been found"
                : "only QEMU supports file descriptor passing");
        }

        NbdClientOptions options = Translate(_options) with
        {
            AsksForExtendedHeaders = context.Node.Graph.Context.Profile.Has(Behaviour.NbdExtendedHeaders),
        };

        try
        {
            _session = await NbdClientSession.OpenAsync(
                context.Node.Graph.Context.Loop,
                options,
                context.Node.Graph.Context.Clock,
                TimeSpan.FromSeconds(_options.OpenTimeout ?? 0),
                TimeSpan.FromSeconds(_options.ReconnectDelay ?? 0));
        }
        catch (NbdClientException e)
        {
            throw new QmpException(e.Message, e);
        }

        try
        {
            CheckExport(context);
        }
        catch (BlockIOException)
        {
            await CloseAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public override async ValueTask CloseAsync()
    {
        if (_session is { } session)
        {
            _session = null;
            await session.DisposeAsync();
        }
    }

    /// <inheritdoc/>
    public override ValueTask<long> GetLengthAsync() => Info.Size <= long.MaxValue
        ? ValueTask.FromResult(Size)
        : throw new BlockIOException(Errno.EFBIG);

    /// <inheritdoc/>
    public override BlockLimits RefreshLimits(BlockLimits inherited)
    {
        uint minimum = Math.Max(Info.MinimumBlock, 1);

        // An odd size would leave bytes at the end that no aligned request reaches.
        int alignment = Size % minimum == 0 ? (int)minimum : 1;
        return inherited with
        {
            RequestAlignment = alignment,
            MaxTransfer = Info.MaximumBlock,
            MaxWriteZeroes = HasLongRequests ? 0 : Info.MaximumBlock,
            MaxDiscard = HasLongRequests ? 0 : int.MaxValue / alignment * alignment,
            OptTransfer = Info.PreferredBlock > minimum ? Info.PreferredBlock : inherited.OptTransfer,
        };
    }

    /// <inheritdoc/>
    public override async ValueTask ReadAsync(long offset, Memory<byte> buffer, RequestFlags flags)
    {
        // The node's length is a multiple of the sector size, the server's may not be: what is missing reads as zeroes.
        int length = (int)Math.Clamp(Size - offset, 0, buffer.Length);
        buffer.Span[length..].Clear();
        if (length > 0)
        {
            await Session.RunAsync(connection => connection.RequestAsync(
                NbdCommand.Read, NbdCommandFlags.None, offset, length, destination: buffer[..length]));
        }
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
        => await Session.RunAsync(connection => connection.RequestAsync(NbdCommand.Write, Fua(flags), offset, buffer.Length, buffer));

    /// <inheritdoc/>
    public override async ValueTask WriteZeroesAsync(long offset, long bytes, RequestFlags flags)
    {
        NbdCommandFlags nbdFlags = Fua(flags);
        if ((flags & RequestFlags.MayUnmap) == 0)
        {
            nbdFlags |= NbdCommandFlags.NoHole;
        }

        if ((flags & RequestFlags.NoFallback) != 0)
        {
            nbdFlags |= NbdCommandFlags.FastZero;
        }

        await Session.RunAsync(connection => connection.RequestAsync(NbdCommand.WriteZeroes, nbdFlags, offset, bytes));
    }

    /// <inheritdoc/>
    public override async ValueTask DiscardAsync(long offset, long bytes)
        => await Session.RunAsync(connection => connection.RequestAsync(NbdCommand.Trim, NbdCommandFlags.None, offset, bytes));

    /// <inheritdoc/>
    public override bool FlushesChildren => true;

    /// <inheritdoc/>
    public override async ValueTask FlushToDiskAsync()
    {
        if (Has(NbdTransmissionFlags.SendFlush))
        {
            await Session.RunAsync(static connection => connection.RequestAsync(NbdCommand.Flush, NbdCommandFlags.None, 0, 0));
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<BlockStatus> GetBlockStatusAsync(bool wantZero, long offset, long bytes)
    {
        if (offset >= Size)
        {
            return new BlockStatus(BlockStatusFlags.Zero, bytes);
        }

        if (Info.ContextId is null)
        {
            return new BlockStatus(BlockStatusFlags.Data | BlockStatusFlags.OffsetValid, bytes, offset, Node);
        }

        int alignment = Node.Limits.RequestAlignment;
        long length = Math.Min(HasLongRequests ? bytes : Math.Min(bytes, int.MaxValue / alignment * alignment), Size - offset);
        NbdExtent extent = (await Session.RunAsync(connection => connection.RequestAsync(
            NbdCommand.BlockStatus, NbdCommandFlags.RequestOne, offset, length)))!.Value;
        extent = Align(extent);
        BlockStatusFlags flags = BlockStatusFlags.OffsetValid;
        if ((extent.Value & 1) == 0)
        {
            flags |= BlockStatusFlags.Data;
        }

        if ((extent.Value & 2) != 0)
        {
            flags |= BlockStatusFlags.Zero;
        }

        return new BlockStatus(flags, Math.Min(extent.Length, bytes), offset, Node);
    }

    /// <inheritdoc/>
    public override ValueTask TruncateAsync(long length, bool exact, PreallocMode preallocation, bool zeroNew)
    {
        if (length != Size && exact)
        {
            throw new QmpException("Cannot resize NBD nodes");
        }

        return length > Size ? throw new QmpException("Cannot grow NBD nodes") : ValueTask.CompletedTask;
    }

    private NbdClientOptions Translate(BlockdevOptionsNbd options)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(options.Export ?? "") > NbdConstants.MaxStringSize)
        {
            throw new QmpException("export name too long to send to server");
        }

        if (System.Text.Encoding.UTF8.GetByteCount(options.XDirtyBitmap ?? "") > NbdConstants.MaxStringSize)
        {
            throw new QmpException("x-dirty-bitmap query too long to send to server");
        }

        return new NbdClientOptions
        {
            Server = options.Server,
            Export = options.Export ?? "",
            Context = options.XDirtyBitmap ?? "base:allocation",
            Tls = options.TlsCreds is null ? null : TlsCredentials.Find(_objects, options.TlsCreds, TlsEndpoint.Client),
            TlsHostName = options.TlsHostname ?? (options.Server.Branch as InetSocketAddress)?.Host,
        };
    }

    private void CheckExport(BlockOpenContext context)
    {
        if (_options!.XDirtyBitmap is not null && Info.ContextId is null)
        {
            throw new BlockIOException(Errno.EINVAL);
        }

        if (Info.IsReadOnly && !context.ReadOnly)
        {
            if (!context.AutoReadOnly)
            {
                throw new BlockIOException(Errno.EACCES);
            }

            context.ReadOnly = true;
        }
    }

    /// <summary>A server that divides its own smallest block is taken to mean whole ones, or data where there is not even one.</summary>
    private NbdExtent Align(NbdExtent extent)
    {
        uint minimum = Math.Max(Info.MinimumBlock, 1);
        long rest = extent.Length % minimum;
        return rest == 0 ? extent : extent.Length > minimum ? extent with { Length = extent.Length - rest } : new NbdExtent(minimum, 0);
    }

    private bool Has(NbdTransmissionFlags flag) => _session is not null && (Info.Flags & flag) != 0;

    private static NbdCommandFlags Fua(RequestFlags flags) => (flags & RequestFlags.Fua) != 0 ? NbdCommandFlags.Fua : NbdCommandFlags.None;
}
