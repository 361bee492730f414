using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Jobs.Mirror;

/// <summary>A mirror, or an active commit, with everything looked up and defaults filled in.</summary>
internal sealed record MirrorOptions
{
    /// <summary>What may be on the way at once unless a client says so, in bytes.</summary>
    public const long DefaultBufferSize = 10 << 20;

    /// <summary>The job's id.</summary>
    public required string JobId { get; init; }

    /// <summary>Whether it is an active commit, whose target is a backing file of the source.</summary>
    public bool IsCommit { get; init; }

    /// <summary>The disk to copy.</summary>
    public required BlockNode Source { get; init; }

    /// <summary>Where it goes.</summary>
    public required BlockNode Target { get; init; }

    /// <summary>The node whose data is not copied, with those below it; null to copy everything.</summary>
    public BlockNode? Base { get; init; }

    /// <summary>Whether only what is written while the job runs is copied.</summary>
    public bool OnlyNewWrites { get; init; }

    /// <summary>Whether everything of the target has to be overwritten, since nobody knows what it holds.</summary>
    public bool OverwriteAll { get; init; }

    /// <summary>Whether the target is known to read as zeroes, so that these need not be written.</summary>
    public bool TargetReadsZero { get; init; }

    /// <summary>The name of the node that the target replaces, or null for the source.</summary>
    public string? Replaces { get; init; }

    /// <summary>What the target's backing file is at the end.</summary>
    public MirrorBackingMode BackingMode { get; init; }

    /// <summary>The speed limit in bytes per second; 0 means none. Not checked.</summary>
    public long Speed { get; init; }

    /// <summary>The unit of copying in bytes; 0 for that of the target.</summary>
    public long Granularity { get; init; }

    /// <summary>What may be on the way at once in bytes; 0 for the default. Not checked.</summary>
    public long BufferSize { get; init; }

    /// <summary>What to do when reading fails.</summary>
    public BlockdevOnError OnSourceError { get; init; } = BlockdevOnError.Report;

    /// <summary>What to do when writing fails.</summary>
    public BlockdevOnError OnTargetError { get; init; } = BlockdevOnError.Report;

    /// <summary>Whether zeroes may be unmapped in the target.</summary>
    public bool Unmap { get; init; } = true;

    /// <summary>When what the guest writes gets to the target.</summary>
    public MirrorCopyMode CopyMode { get; init; } = MirrorCopyMode.Background;

    /// <summary>The name of the filter's node, or null.</summary>
    public string? FilterNodeName { get; init; }

    /// <summary>Whether the target was made writable for the job, and is to be read-only again if that fails.</summary>
    public bool TargetWasReadOnly { get; init; }

    /// <summary>Whether the job makes its changes without being told.</summary>
    public bool AutoFinalize { get; init; } = true;

    /// <summary>Whether the job is forgotten without being told.</summary>
    public bool AutoDismiss { get; init; } = true;
}
