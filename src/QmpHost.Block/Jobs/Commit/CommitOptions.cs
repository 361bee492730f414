using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Jobs.Commit;

/// <summary>A commit of images that are not the active layer, with everything looked up and defaults filled in.</summary>
internal sealed record CommitOptions
{
    /// <summary>The job's id.</summary>
    public required string JobId { get; init; }

    /// <summary>The active layer.</summary>
    public required BlockNode Active { get; init; }

    /// <summary>The topmost image that is committed.</summary>
    public required BlockNode Top { get; init; }

    /// <summary>The image that gets the data.</summary>
    public required BlockNode Base { get; init; }

    /// <summary>The name of the backing file for the image above, or null for that of the base.</summary>
    public string? BackingFile { get; init; }

    /// <summary>Whether a protocol is written as the format raw.</summary>
    public bool MasksProtocol { get; init; }

    /// <summary>The speed limit in bytes per second; 0 means none. Not checked.</summary>
    public long Speed { get; init; }

    /// <summary>What to do when reading or writing fails.</summary>
    public BlockdevOnError OnError { get; init; }

    /// <summary>The name of the filter's node, or null.</summary>
    public string? FilterNodeName { get; init; }

    /// <summary>Whether the job makes its changes without being told.</summary>
    public bool AutoFinalize { get; init; }

    /// <summary>Whether the job is forgotten without being told.</summary>
    public bool AutoDismiss { get; init; }
}
