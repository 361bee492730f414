using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Jobs.Stream;

/// <summary>A stream with everything looked up and defaults filled in.</summary>
internal sealed record StreamOptions
{
    /// <summary>The job's id.</summary>
    public required string JobId { get; init; }

    /// <summary>The disk that is copied into, possibly a filter.</summary>
    public required BlockNode Disk { get; init; }

    /// <summary>The lowest image that is copied from: the one whose backing file becomes that of the disk.</summary>
    public required BlockNode Bottom { get; init; }

    /// <summary>The lowest node that is copied from, the bottom or the lowest filter over what remains below.</summary>
    public required BlockNode AboveBase { get; init; }

    /// <summary>The name of the backing file for the disk's header, or null for that of its node.</summary>
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
