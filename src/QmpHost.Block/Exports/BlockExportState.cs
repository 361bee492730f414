namespace QmpHost.Block.Exports;

/// <summary>The stages in the life of an export. It goes through them in this order and skips none.</summary>
public enum BlockExportState
{
    /// <summary>Clients can find it.</summary>
    Running,

    /// <summary>It takes no new clients, and those that are there have been told to go.</summary>
    ShuttingDown,

    /// <summary>Somebody waits for its last client; when that has gone, the export leaves the graph.</summary>
    Removing,

    /// <summary>It is gone from the graph.</summary>
    Removed,
}
