using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;
using QmpHost.Block.Exports;
using QmpHost.Block.Graph;
using QmpHost.Nbd.Protocol;
using QmpHost.Nbd.Server;
using QmpHost.Net;
using QmpHost.Net.Tls;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Nbd.Exports;

/// <summary>Exports by NBD, and the one server that serves them.</summary>
/// <remarks>Used on the host's loop only, in main turns. Errors are <see cref="QmpException"/> with QEMU's words.</remarks>
/// <param name="graph">The graph whose nodes are exported.</param>
/// <param name="exports">The host's exports.</param>
/// <param name="objects">The host's objects, for TLS.</param>
public sealed class NbdExportKind(BlockGraph graph, ExportManager exports, ITlsObjects objects) : BlockExportKind, INbdExportDirectory
{
    private NbdServer? _server;
    private uint _maxConnections;

    /// <summary>Told of what went wrong with clients of the server, for the host's user.</summary>
    public Action<string>? Report { get; init; }

    /// <summary>Where clients that come and go are told of; nowhere unless set.</summary>
    public ILogger Log { get; init; } = NullLogger.Instance;

    /// <summary>Whether the server runs.</summary>
    public bool IsServerRunning => _server is not null;

    /// <inheritdoc/>
    public override BlockExportType Type => BlockExportType.Nbd;

    /// <inheritdoc/>
    public override string? SingleThreadedName => "NBD";

    /// <inheritdoc/>
    IEnumerable<NbdExport> INbdExportDirectory.Exports => Visible.Select(static export => export.Nbd);

    private IEnumerable<NbdBlockExport> Visible
        => exports.Exports.OfType<NbdBlockExport>().Where(static export => export.State == BlockExportState.Running);

    /// <summary>nbd-server-start: listens.</summary>
    /// <param name="address">Where.</param>
    /// <param name="tlsCredentials">The id of the credentials that every client must start TLS with, or null.</param>
    /// <param name="tlsAuthorization">The id of the object that says which clients are welcome, or null for all.</param>
    /// <param name="maxConnections">The most clients at a time, 0 for no limit, or null for the default.</param>
    /// <param name="handshakeSeconds">For how long a client may negotiate, 0 for no limit, or null for the default.</param>
    /// <param name="takeDescriptor">Takes a descriptor that a client has passed under a name, or null where clients pass none.</param>
    public void StartServer(
        SocketAddress address,
        string? tlsCredentials = null,
        string? tlsAuthorization = null,
        uint? maxConnections = null,
        uint? handshakeSeconds = null,
        Func<string, SafeFileHandle?>? takeDescriptor = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (_server is not null)
        {
            throw new QmpException("NBD server already running");
        }

        uint limit = maxConnections ?? NbdConstants.DefaultMaxConnections;
        int backlog = limit == 0 ? int.MaxValue : (int)Math.Min(limit, int.MaxValue);
        SocketListener listener = address.Branch is Qapi.Schema.String named && graph.Context.Surroundings.HasMachine
            ? Inherit(named.Str, takeDescriptor, backlog)
            : SocketListener.Open(address, backlog);
        try
        {
            NbdServerTls? tls = tlsCredentials is null ? null : new NbdServerTls(TlsServer.Find(objects, tlsCredentials, tlsAuthorization));
            _server = new NbdServer(graph.Context.Loop, graph.Context.Clock, this)
            {
                KnowsExtendedHeaders = graph.Context.Profile.Has(Behaviour.NbdExtendedHeaders),
                MaxConnections = limit > int.MaxValue ? 0 : (int)limit,
                HandshakeTime = handshakeSeconds switch
                {
                    0 => Timeout.InfiniteTimeSpan,
                    { } seconds => TimeSpan.FromSeconds(Math.Min(seconds, NbdConstants.LongestHandshakeSeconds)),
                    null => TimeSpan.FromSeconds(NbdConstants.HandshakeSeconds),
                },
                Report = Report,
                Log = Log,
                Tls = tls,
            };
        }
        catch (QmpException)
        {
            listener.Close();
            throw;
        }

        _maxConnections = limit;
        _server.Listen(listener);
    }

    /// <summary>nbd-server-stop: ends all connections and removes all exports.</summary>
    /// <returns>A task that ends when everything is gone.</returns>
    public async ValueTask StopServerAsync()
    {
        NbdServer server = _server ?? throw new QmpException("NBD server not running");
        _server = null;
        server.StopListening();
        await exports.RemoveAllAsync(this);
        await server.StopAsync();
    }

    /// <summary>nbd-server-add: exports a device or node under an id that is the export's name.</summary>
    /// <param name="options">The options.</param>
    /// <returns>A task that ends when clients can find the export.</returns>
    public ValueTask AddToServerAsync(NbdServerAddOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        BlockNode node = graph.LookUp(options.Device);
        string name = options.Name ?? options.Device;
        exports.CheckId(name);
        return exports.AddAsync(
            new BlockExportOptions.Nbd
            {
                Id = name,
                NodeName = node.NodeName,
                Writable = options.Writable == true && !node.ReadOnly,
                Name = name,
                Description = options.Description,
                Bitmaps = options.Bitmap is null ? null : [new BlockDirtyBitmapOrStr.Local(options.Bitmap)],
            },
            node);
    }

    /// <inheritdoc/>
    public override void RequireServer() => QmpException.ThrowIf(_server is null, "NBD server not running");

    /// <inheritdoc/>
    public override ValueTask CloseAsync() => _server is null ? ValueTask.CompletedTask : StopServerAsync();

    /// <inheritdoc/>
    public override ValueTask<BlockExport> CreateAsync(BlockExportOptions options, BlockBackend backend)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(backend);
        NbdServer server = _server ?? throw new QmpException("NBD server not running");
        var nbd = (BlockExportOptionsNbd)options.Branch!;
        string name = nbd.Name ?? options.NodeName;
        CheckLength(name, "export name");
        CheckLength(nbd.Description, "description");
        if (FindByName(name) is not null)
        {
            throw new QmpException($"NBD server already has export named '{name}'");
        }

        if (!backend.Node.HasMedium)
        {
            throw new QmpException("Failed to determine the NBD export's length: No medium found");
        }

        // Clients were told the size. Others learn of this after all that concerns the server.
        backend.SetPermissions(backend.Used, BlockPermissions.All & ~BlockPermissions.Resize);
        bool writable = options.Writable == true;
        ExportBitmaps bitmaps = ExportBitmaps.Find(backend.Node, writable, nbd.Bitmaps ?? []);
        var export = new NbdExport(name, new BlockExportBackend(backend, bitmaps.Bitmaps))
        {
            Description = nbd.Description,
            Writable = writable,
            MultiConn = HasMultiConn(writable),
            WriteThrough = options.Writethrough == true,
            AllocationDepth = nbd.AllocationDepth == true,
            Bitmaps = [.. bitmaps.Bitmaps.Select(static bitmap => bitmap.Name!)],
        };
        bitmaps.Claim();
        return ValueTask.FromResult<BlockExport>(new NbdBlockExport(this, options.Id, backend, server, export, bitmaps));
    }

    /// <inheritdoc/>
    NbdExport? INbdExportDirectory.Find(string name) => FindByName(name)?.Nbd;

    private NbdBlockExport? FindByName(string name) => Visible.FirstOrDefault(export => export.Nbd.Name == name);

    private static void CheckLength(string? text, string what)
    {
        if (text is not null && Encoding.UTF8.GetByteCount(text) > NbdConstants.MaxStringSize)
        {
            throw new QmpException($"{what} '{text}' too long");
        }
    }

    /// <summary>Before 7.1 only exports that nobody writes to were thought safe for several connections.</summary>
    private bool HasMultiConn(bool writable) => graph.Context.Profile.Has(Behaviour.MultiConnForWriters) ? _maxConnections != 1 : !writable;

    private static SocketListener Inherit(string name, Func<string, SafeFileHandle?>? takeDescriptor, int backlog)
    {
        using SafeFileHandle descriptor = takeDescriptor?.Invoke(name) ?? throw new QmpException($"File descriptor named '{name}' has not been found");
        return SocketListener.Inherit(SocketConnector.Inherit(descriptor), backlog);
    }
}
