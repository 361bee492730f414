using QmpHost.Block.Exports;
using QmpHost.Block.Graph;
using QmpHost.Nbd.Server;

namespace QmpHost.Nbd.Exports;

/// <summary>A node that clients of the host's NBD server can use.</summary>
internal sealed class NbdBlockExport : BlockExport
{
    private readonly NbdServer _server;
    private readonly ExportBitmaps _bitmaps;

    /// <summary>Makes an export.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="id">Its id.</param>
    /// <param name="backend">Its place in the graph.</param>
    /// <param name="server">The server that serves it.</param>
    /// <param name="nbd">What clients see.</param>
    /// <param name="bitmaps">The bitmaps that it offers, claimed.</param>
    public NbdBlockExport(BlockExportKind kind, string id, BlockBackend backend, NbdServer server, NbdExport nbd, ExportBitmaps bitmaps)
        : base(kind, id, backend)
    {
        _server = server;
        _bitmaps = bitmaps;
        Nbd = nbd;
    }

    /// <summary>What clients see.</summary>
    public NbdExport Nbd { get; }

    /// <inheritdoc/>
    public override bool HasClients => _server.HasClients(Nbd);

    /// <inheritdoc/>
    public override long LastReceived => _server.LastReceived(Nbd);

    /// <inheritdoc/>
    public override void AbortClients() => _server.AbortClients(Nbd);

    /// <inheritdoc/>
    public override Task EndClientsAsync() => _server.EndClientsAsync(Nbd);

    /// <inheritdoc/>
    public override ValueTask ReleaseAsync() => _bitmaps.ReleaseAsync();
}
