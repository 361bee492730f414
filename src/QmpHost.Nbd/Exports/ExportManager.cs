using System.Text;
using QmpHost.Block;
using QmpHost.Block.Graph;
using QmpHost.Block.Loop;
using QmpHost.Nbd.Protocol;
using QmpHost.Nbd.Server;
using QmpHost.Net;
using QmpHost.Net.Tls;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Nbd.Exports;

/// <summary>The block exports of one host, and its NBD server.</summary>
/// <remarks>Used on the host's loop only. Errors are <see cref="QmpException"/> with QEMU's words.</remarks>
public sealed class ExportManager : INbdExportDirectory
{
    private readonly BlockLayer _layer;
    private readonly INbdObjects _objects;
    private readonly List<BlockExport> _exports = [];
    private NbdServer? _server;
    private uint _maxConnections;

    /// <summary>Makes a manager without a server.</summary>
    /// <param name="layer">The host's block layer.</param>
    /// <param name="objects">The host's user-created objects.</param>
    public ExportManager(BlockLayer layer, INbdObjects objects)
    {
        _layer = layer;
        _objects = objects;
    }

    /// <summary>Told of what went wrong with clients of the server, for the host's user.</summary>
    public Action<string>? Report { get; init; }

    /// <summary>Whether the server runs.</summary>
    public bool IsServerRunning => _server is not null;

    /// <inheritdoc/>
    IEnumerable<NbdExport> INbdExportDirectory.Exports => _exports.Where(static export => !export.ShuttingDown).Select(static export => export.Nbd);

    /// <summary>nbd-server-start: listens.</summary>
    /// <param name="address">Where.</param>
    /// <param name="tlsCredentials">The id of the credentials that every client must start TLS with, or null.</param>
    /// <param name="tlsAuthorization">The id of the object that says which clients are welcome, or null for all.</param>
    /// <param name="maxConnections">The most clients at a time, 0 for no limit, or null for the default.</param>
    public void StartServer(SocketAddress address, string? tlsCredentials = null, string? tlsAuthorization = null, uint? maxConnections = null)
    {
        if (_server is not null)
        {
            throw new QmpException("NBD server already running");
        }

        if (address.Branch is Qapi.Schema.String descriptor && _layer.Context.Surroundings.HasMachine)
        {
            // Monitors take no file descriptors, so that none has any name.
            throw new QmpException($"File descriptor named '{descriptor.Str}' has not been found");
        }

        uint limit = maxConnections ?? NbdConstants.DefaultMaxConnections;
        SocketListener listener = SocketListener.Open(address, limit == 0 ? int.MaxValue : (int)Math.Min(limit, int.MaxValue));
        try
        {
            NbdServerTls? tls = tlsCredentials is null ? null : new NbdServerTls(TlsServer.Find(_objects, tlsCredentials, tlsAuthorization));
            _server = new NbdServer(_layer.Loop, _layer.Clock, this)
            {
                MaxConnections = limit > int.MaxValue ? 0 : (int)limit,
                Report = Report,
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
        await RemoveAllAsync(server);
        await server.StopAsync();
    }

    /// <summary>block-export-add: exports a node.</summary>
    /// <param name="options">The options.</param>
    /// <returns>A task that ends when clients can find the export.</returns>
    public ValueTask AddAsync(BlockExportOptions options)
    {
        CheckId(options.Id);
        return AddAsync(options, _layer.Graph.LookUp(null, options.NodeName));
    }

    /// <summary>nbd-server-add: exports a device or node under an id that is the export's name.</summary>
    /// <param name="options">The options.</param>
    /// <returns>A task that ends when clients can find the export.</returns>
    public ValueTask AddToServerAsync(NbdServerAddOptions options)
    {
        BlockNode node = _layer.Graph.LookUp(options.Device);
        string name = options.Name ?? options.Device;
        CheckId(name);
        return AddAsync(
            new BlockExportOptions
            {
                Type = BlockExportType.Nbd,
                Id = name,
                NodeName = node.NodeName,
                Writable = options.Writable == true && !node.ReadOnly,
                Branch = new BlockExportOptionsNbd
                {
                    Name = name,
                    Description = options.Description,
                    Bitmaps = options.Bitmap is null ? null : [BlockDirtyBitmapOrStr.FromLocal(options.Bitmap)],
                },
            },
            node);
    }

    /// <summary>block-export-del, and nbd-server-remove: removes an export.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="mode">Whether clients are thrown out.</param>
    /// <returns>
    /// A task that ends when it is gone, or if there are clients when they have been told to go: their requests may take longer,
    /// and the event says when the export is gone.
    /// </returns>
    public async ValueTask RemoveAsync(string id, BlockExportRemoveMode mode)
    {
        BlockExport export = _exports.Find(export => export.Id == id) ?? throw new QmpException($"Export '{id}' is not found");
        if (export.ShuttingDown)
        {
            throw new QmpException($"Export '{id}' is already shutting down");
        }

        bool hasClients = _server?.HasClients(export.Nbd) == true;
        if (mode == BlockExportRemoveMode.Safe && hasClients)
        {
            throw new QmpException($"export '{id}' still in use");
        }

        BeginRemoval(export, _server);
        if (!hasClients)
        {
            await WaitRemovedAsync(export);
        }
    }

    /// <summary>query-block-exports: lists the exports, newest first.</summary>
    /// <returns>Their descriptions.</returns>
    public IReadOnlyList<BlockExportInfo> Query()
    {
        List<BlockExportInfo> list = [.. _exports.Select(static export => export.ToInfo())];
        list.Reverse();
        return list;
    }

    /// <summary>Removes all exports and stops the server, for the end of the host. In a main turn.</summary>
    /// <returns>A task that ends when everything is gone.</returns>
    public async ValueTask CloseAsync()
    {
        if (_server is not null)
        {
            await StopServerAsync();
        }
    }

    /// <inheritdoc/>
    NbdExport? INbdExportDirectory.Find(string name) => FindByName(name)?.Nbd;

    private BlockExport? FindByName(string name) => _exports.Find(export => !export.ShuttingDown && export.Nbd.Name == name);

    private void CheckId(string id)
    {
        bool isValid = id.Length > 0 && char.IsAsciiLetter(id[0]) && id.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_');
        if (!isValid)
        {
            throw new QmpException("Invalid block export id");
        }

        if (_exports.Exists(export => export.Id == id))
        {
            throw new QmpException($"Block export id '{id}' is already in use");
        }
    }

    private async ValueTask AddAsync(BlockExportOptions options, BlockNode node)
    {
        bool writable = options.Writable == true;
        if (writable && node.ReadOnly)
        {
            throw new QmpException("Cannot export read-only node as writable");
        }

        string? wanted = options.Iothread is { } path
            ? _objects.FindIOThread(path) ?? throw new QmpException($"iothread \"{path}\" not found")
            : null;
        bool isFixed = options.FixedIothread == true;
        string? ioThread = IOThreadRules.Assign(node, _exports, wanted, isFixed);
        BlockPermissions used = BlockPermissions.ConsistentRead | (writable ? BlockPermissions.Write : BlockPermissions.None);
        var backend = new BlockBackend(_layer.Graph, "an unnamed block device", used, BlockPermissions.All);
        backend.Insert(node);
        try
        {
            (NbdExport nbd, ExportBitmaps bitmaps) = Create(options, node, backend);
            bitmaps.Claim();
            _exports.Add(new BlockExport(options.Id, backend, nbd, bitmaps) { IOThread = ioThread, FixedIOThread = isFixed });
        }
        catch (QmpException)
        {
            await backend.DeleteAsync();
            throw;
        }
    }

    private (NbdExport Nbd, ExportBitmaps Bitmaps) Create(BlockExportOptions options, BlockNode node, BlockBackend backend)
    {
        if (_server is null)
        {
            throw new QmpException("NBD server not running");
        }

        var nbd = (BlockExportOptionsNbd)options.Branch!;
        string name = nbd.Name ?? options.NodeName;
        CheckLength(name, "export name");
        CheckLength(nbd.Description, "description");
        if (FindByName(name) is not null)
        {
            throw new QmpException($"NBD server already has export named '{name}'");
        }

        // Clients were told the size. Others learn of this after all that concerns the server.
        backend.SetPermissions(backend.Used, BlockPermissions.All & ~BlockPermissions.Resize);
        bool writable = options.Writable == true;
        ExportBitmaps bitmaps = ExportBitmaps.Find(node, writable, nbd.Bitmaps ?? []);
        var export = new NbdExport(name, new BlockExportBackend(backend, bitmaps.Bitmaps))
        {
            Description = nbd.Description,
            Writable = writable,
            MultiConn = HasMultiConn(writable),
            WriteThrough = options.Writethrough == true,
            AllocationDepth = nbd.AllocationDepth == true,
            Bitmaps = [.. bitmaps.Bitmaps.Select(static bitmap => bitmap.Name!)],
        };
        return (export, bitmaps);
    }

    private static void CheckLength(string? text, string what)
    {
        if (text is not null && Encoding.UTF8.GetByteCount(text) > NbdConstants.MaxStringSize)
        {
            throw new QmpException($"{what} '{text}' too long");
        }
    }

    /// <summary>Before 7.1 only exports that nobody writes to were thought safe for several connections.</summary>
    private bool HasMultiConn(bool writable) => _layer.Profile.AtLeast(7, 1) ? _maxConnections != 1 : !writable;

    private async ValueTask RemoveAllAsync(NbdServer server)
    {
        IReadOnlyList<BlockExport> order = ExportRemovalOrder.Of(_exports, server);
        foreach (BlockExport export in order)
        {
            export.ShuttingDown = true;
            server.AbortClients(export.Nbd);
        }

        foreach (BlockExport export in order)
        {
            BeginRemoval(export, server);
            await WaitRemovedAsync(export);
        }
    }

    private void BeginRemoval(BlockExport export, NbdServer? server)
    {
        export.ShuttingDown = true;
        if (!export.IsRemovalBegun)
        {
            export.IsRemovalBegun = true;
            MainTurns.RunOutside(static removal => _ = removal.Self.RemoveAsync(removal.export, removal.server), (Self: this, export, server));
        }
    }

    private ValueTask WaitRemovedAsync(BlockExport export) => _layer.Turns.PollWhileAsync(static export => !export.IsRemoved, export);

    // Clients take as long as they take; then the rest is a main turn's work.
    private async Task RemoveAsync(BlockExport export, NbdServer? server)
    {
        if (server is not null)
        {
            await server.EndClientsAsync(export.Nbd);
        }

        _layer.Turns.Fire(() => FinishRemovalAsync(export));
    }

    private async ValueTask FinishRemovalAsync(BlockExport export)
    {
        await export.Backend.DeleteAsync();
        await export.Bitmaps.ReleaseAsync();
        _exports.Remove(export);
        export.IsRemoved = true;
        _layer.Events.Emit(new BlockExportDeletedEvent { Id = export.Id });
    }
}
