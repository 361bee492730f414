using QmpHost.Block.Graph;
using QmpHost.Nbd.Server;
using QmpHost.Qapi.Schema;

namespace QmpHost.Nbd.Exports;

/// <summary>A block export of a host: a node that clients outside of it can use.</summary>
/// <remarks>Used on the host's loop only.</remarks>
internal sealed class BlockExport
{
    /// <summary>Makes an export.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="backend">Its place in the graph.</param>
    /// <param name="nbd">What clients see.</param>
    /// <param name="bitmaps">The bitmaps that it offers.</param>
    public BlockExport(string id, BlockBackend backend, NbdExport nbd, ExportBitmaps bitmaps)
    {
        Id = id;
        Backend = backend;
        Nbd = nbd;
        Bitmaps = bitmaps;
    }

    /// <summary>The export's id.</summary>
    public string Id { get; }

    /// <summary>The export's place in the graph.</summary>
    public BlockBackend Backend { get; }

    /// <summary>What clients see.</summary>
    public NbdExport Nbd { get; }

    /// <summary>The bitmaps that it offers.</summary>
    public ExportBitmaps Bitmaps { get; }

    /// <summary>The iothread that it runs in, or null for the main loop. Remembered for its rules only: there is one loop.</summary>
    public string? IOThread { get; set; }

    /// <summary>Whether the iothread must stay as it is.</summary>
    public bool FixedIOThread { get; init; }

    /// <summary>Whether the export is on its way out and takes no new clients.</summary>
    public bool ShuttingDown { get; set; }

    /// <summary>Whether somebody has begun to remove it.</summary>
    public bool IsRemovalBegun { get; set; }

    /// <summary>Whether it is gone from the graph.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>Describes the export as query-block-exports shows it.</summary>
    /// <returns>The description.</returns>
    public BlockExportInfo ToInfo() => new()
    {
        Id = Id,
        Type = BlockExportType.Nbd,
        NodeName = Backend.Node.NodeName,
        ShuttingDown = ShuttingDown,
    };
}
