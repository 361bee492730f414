using Microsoft.Extensions.Logging;
using QmpHost.Block.Graph;
using QmpHost.Block.Loop;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Exports;

/// <summary>The block exports of one host, of all kinds.</summary>
/// <remarks>Used on the host's loop only, in main turns. Errors are <see cref="QmpException"/> with QEMU's words.</remarks>
/// <param name="graph">The graph whose nodes are exported.</param>
public sealed class ExportManager(BlockGraph graph)
{
    private readonly Dictionary<BlockExportType, BlockExportKind> _kinds = [];
    private readonly List<BlockExport> _exports = [];

    /// <summary>The exports, oldest first.</summary>
    public IReadOnlyList<BlockExport> Exports => _exports;

    /// <summary>What the host's parts share.</summary>
    public BlockContext Context => graph.Context;

    /// <summary>Makes a kind of exports known.</summary>
    /// <param name="kind">The kind.</param>
    public void Register(BlockExportKind kind)
    {
        ArgumentNullException.ThrowIfNull(kind);
        _kinds.Add(kind.Type, kind);
    }

    /// <summary>block-export-add: exports a node.</summary>
    /// <param name="options">The options.</param>
    /// <exception cref="QmpException">It cannot be exported; nothing has changed.</exception>
    /// <returns>A task that ends when clients can find the export.</returns>
    public ValueTask AddAsync(BlockExportOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        CheckId(options.Id);
        return AddAsync(options, graph.LookUp(null, options.NodeName));
    }

    /// <summary>Exports a node that was looked up already, under an id that was checked already.</summary>
    /// <param name="options">The options.</param>
    /// <param name="node">The node.</param>
    /// <exception cref="QmpException">It cannot be exported; nothing has changed.</exception>
    /// <returns>A task that ends when clients can find the export.</returns>
    public async ValueTask AddAsync(BlockExportOptions options, BlockNode node)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(node);
        bool writable = options.Writable == true;
        if (writable && node.ReadOnly)
        {
            throw new QmpException("Cannot export read-only node as writable");
        }

        bool isFixed = options.FixedIothread == true;
        string? wanted = FindThread(options.Iothread, isFixed, _kinds[options.Type]);
        if (wanted is not null)
        {
            graph.DrainFirst();
        }

        string? ioThread = IOThreadRules.Assign(node, _exports, wanted, isFixed);
        BlockPermissions used = BlockPermissions.ConsistentRead | (writable ? BlockPermissions.Write : BlockPermissions.None);
        bool toleratesInactive = options.AllowInactive == true;
        if (!toleratesInactive)
        {
            await NodeActivation.ActivateAsync(node);
        }

        var backend = new BlockBackend(graph, "an unnamed block device", used, BlockPermissions.All) { ToleratesInactive = toleratesInactive, HasWriteCache = options.Writethrough != true };
        backend.Insert(node);
        try
        {
            BlockExport export = await _kinds[options.Type].CreateAsync(options, backend);
            export.IOThread = ioThread;
            export.HasFixedIOThread = isFixed;
            _exports.Add(export);
            Context.Log.ExportAdded(export.Id, node.NodeName);
        }
        catch (QmpException)
        {
            await backend.DeleteAsync();
            throw;
        }
    }

    /// <summary>Checks an id for a new export.</summary>
    /// <param name="id">The id.</param>
    /// <exception cref="QmpException">It is not valid, or taken.</exception>
    public void CheckId(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
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

    /// <summary>block-export-del, and nbd-server-remove: removes an export.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="mode">Whether clients are thrown out.</param>
    /// <exception cref="QmpException">It does not exist, is on its way out already, or has clients that must not be thrown out.</exception>
    /// <returns>
    /// A task that ends when it is gone, or if there are clients when they have been told to go: their requests may take longer,
    /// and the event says when the export is gone.
    /// </returns>
    public async ValueTask RemoveAsync(string id, BlockExportRemoveMode mode)
    {
        BlockExport export = _exports.Find(export => export.Id == id) ?? throw new QmpException($"Export '{id}' is not found");
        if (export.State != BlockExportState.Running)
        {
            throw new QmpException($"Export '{id}' is already shutting down");
        }

        bool hasClients = export.HasClients;
        if (mode == BlockExportRemoveMode.Safe && hasClients)
        {
            throw new QmpException($"export '{id}' still in use");
        }

        Advance(export, BlockExportState.ShuttingDown);
        BeginRemoval(export);
        if (!hasClients)
        {
            await WaitRemovedAsync(export);
        }
    }

    /// <summary>Removes every export of a kind, in the order in which QEMU's go.</summary>
    /// <param name="kind">The kind.</param>
    /// <returns>A task that ends when they are gone.</returns>
    public ValueTask RemoveAllAsync(BlockExportKind kind) => RemoveAllAsync(export => export.Kind == kind);

    private async ValueTask RemoveAllAsync(Func<BlockExport, bool> which)
    {
        IReadOnlyList<BlockExport> order = ExportRemovalOrder.Of(
            [.. _exports.Where(which)], Context.Profile.Has(Behaviour.NewestExportGoesFirst));
        foreach (BlockExport export in order)
        {
            if (export.State == BlockExportState.Running)
            {
                Advance(export, BlockExportState.ShuttingDown);
            }

            export.AbortClients();
        }

        foreach (BlockExport export in order)
        {
            BeginRemoval(export);
            await WaitRemovedAsync(export);
        }
    }

    /// <summary>query-block-exports: lists the exports, newest first.</summary>
    /// <returns>Their descriptions.</returns>
    public IReadOnlyList<BlockExportInfo> Query() => [.. _exports.Select(static export => export.Describe()).Reverse()];

    /// <summary>Removes all exports and what serves them, for the end of the host.</summary>
    /// <returns>A task that ends when everything is gone.</returns>
    public async ValueTask CloseAsync()
    {
        await RemoveAllAsync(static _ => true);
        foreach (BlockExportKind kind in _kinds.Values)
        {
            await kind.CloseAsync();
        }
    }

    private void Advance(BlockExport export, BlockExportState state)
    {
        export.Advance(state);
        if (Context.Log.IsEnabled(LogLevel.Debug))
        {
            Context.Log.ExportState(export.Id, state.ToString());
        }
    }

    private void BeginRemoval(BlockExport export)
    {
        if (export.State == BlockExportState.ShuttingDown)
        {
            Advance(export, BlockExportState.Removing);
            MainTurns.RunOutside(static removal => _ = removal.Self.RemoveAsync(removal.export), (Self: this, export));
        }
    }

    private ValueTask WaitRemovedAsync(BlockExport export)
        => Context.Turns.PollWhileAsync(static export => export.State != BlockExportState.Removed, export);

    // Clients take as long as they take; then the rest is a main turn's work. What a drained node holds back would take until the
    // section ends, which may need the very command that waits for this one; QEMU has not read such requests yet.
    private async Task RemoveAsync(BlockExport export)
    {
        export.Backend.DropHeldRequests();
        await export.EndClientsAsync();
        Context.Turns.Fire(() => FinishRemovalAsync(export));
    }

    private async ValueTask FinishRemovalAsync(BlockExport export)
    {
        await export.Backend.DeleteAsync();
        await export.ReleaseAsync();
        _exports.Remove(export);
        Advance(export, BlockExportState.Removed);
        Context.Events.Emit(new BlockExportDeletedEvent { Id = export.Id });
    }

    // Several threads can be named, but few kinds of exports work in more than one; here all run on the loop.
    private string? FindThread(BlockExportIothreads? threads, bool isFixed, BlockExportKind kind)
    {
        if (threads is not BlockExportIothreads.Multi { Value: var several })
        {
            return threads is BlockExportIothreads.Single { Value: var path } ? FindThread(path) : null;
        }

        if (isFixed)
        {
            throw new QmpException("Cannot use fixed-iothread for a multi-threaded export");
        }

        if (several.Count == 0)
        {
            throw new QmpException("The set of I/O threads must not be empty");
        }

        foreach (string path in several)
        {
            FindThread(path);
        }

        kind.RequireServer();
        return kind.SingleThreadedName is { } name ? throw new QmpException($"{name} export does not support multi-threading") : FindThread(several[0]);
    }

    private string FindThread(string path) => Context.Surroundings.FindIOThread(path) ?? throw new QmpException($"iothread \"{path}\" not found");
}
