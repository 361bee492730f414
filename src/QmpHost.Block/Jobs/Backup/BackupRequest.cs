using QmpHost.Block.Bitmaps;
using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Jobs.Backup;

/// <summary>A backup that a client asked for, with defaults filled in and everything checked that can be beforehand.</summary>
internal sealed record BackupRequest
{
    /// <summary>The job's id, empty where the client gave none.</summary>
    public required string JobId { get; init; }

    /// <summary>The disk to back up.</summary>
    public required BlockNode Source { get; init; }

    /// <summary>Where it goes.</summary>
    public required BlockNode Target { get; init; }

    /// <summary>What is copied; "incremental" has become "bitmap".</summary>
    public required MirrorSyncMode Sync { get; init; }

    /// <summary>The bitmap that takes part, or null.</summary>
    public DirtyBitmap? Bitmap { get; init; }

    /// <summary>What becomes of the bitmap.</summary>
    public BitmapSyncMode BitmapMode { get; init; }

    /// <summary>The speed limit in bytes per second; 0 means none. Not checked.</summary>
    public long Speed { get; init; }

    /// <summary>Whether the target compresses.</summary>
    public bool Compress { get; init; }

    /// <summary>What to do when reading fails.</summary>
    public BlockdevOnError OnSourceError { get; init; }

    /// <summary>What to do when writing fails.</summary>
    public BlockdevOnError OnTargetError { get; init; }

    /// <summary>The name of the filter's node, or null.</summary>
    public string? FilterNodeName { get; init; }

    /// <summary>Whether the operating system may copy.</summary>
    public bool UseCopyRange { get; init; }

    /// <summary>How many areas are copied at once.</summary>
    public long MaxWorkers { get; init; } = 64;

    /// <summary>The longest area that is copied in one piece, in bytes; 0 means no limit.</summary>
    public long MaxChunk { get; init; }

    /// <summary>The least unit of copying in bytes; 0 for what suits the target.</summary>
    public ulong MinClusterSize { get; init; }

    /// <summary>Whether what is copied is discarded in the source.</summary>
    public bool DiscardSource { get; init; }

    /// <summary>What the filter does when it cannot copy before a write.</summary>
    public OnCbwError? OnCbwError { get; init; }

    /// <summary>Whether the job makes its changes without being told.</summary>
    public bool AutoFinalize { get; init; }

    /// <summary>Whether the job is forgotten without being told.</summary>
    public bool AutoDismiss { get; init; }

    /// <summary>Looks up what blockdev-backup names and checks how its options go together.</summary>
    /// <param name="options">The command's arguments.</param>
    /// <param name="source">The source, looked up already.</param>
    /// <param name="target">The target, looked up already.</param>
    /// <exception cref="QmpException">They do not.</exception>
    public static BackupRequest Create(BlockdevBackup options, BlockNode source, BlockNode target)
    {
        (MirrorSyncMode sync, BitmapSyncMode? mode) = ResolveIncremental(options);
        return new BackupRequest
        {
            JobId = options.JobId ?? source.DeviceName,
            Source = source,
            Target = target,
            Sync = sync,
            Bitmap = FindBitmap(options.Bitmap, source, sync, mode),
            BitmapMode = mode ?? BitmapSyncMode.Never,
            Speed = options.Speed ?? 0,
            Compress = options.Compress ?? false,
            OnSourceError = options.OnSourceError ?? BlockdevOnError.Report,
            OnTargetError = options.OnTargetError ?? BlockdevOnError.Report,
            FilterNodeName = options.FilterNodeName,
            UseCopyRange = options.XPerf?.UseCopyRange ?? false,
            MaxWorkers = options.XPerf?.MaxWorkers ?? 64,
            MaxChunk = options.XPerf?.MaxChunk ?? 0,
            MinClusterSize = options.XPerf?.MinClusterSize ?? 0,
            OnCbwError = options.OnCbwError,
            DiscardSource = options.DiscardSource ?? false,
            AutoFinalize = options.AutoFinalize ?? true,
            AutoDismiss = options.AutoDismiss ?? true,
        };
    }

    /// <summary>Checks the source, the target and the numbers, in QEMU's order.</summary>
    /// <exception cref="QmpException">Something does not fit.</exception>
    public void Check()
    {
        if (Source == Target)
        {
            throw new QmpException("Source and target cannot be the same");
        }

        EnsureMedium(Source);
        EnsureMedium(Target);
        if (Compress && !SupportsCompression(Target))
        {
            throw new QmpException($"Compression is not supported for this drive {Target.DeviceName}");
        }

        Source.OpBlockers.Check(BlockOperation.BackupSource, Source.DeviceOrNodeName);
        Target.OpBlockers.Check(BlockOperation.BackupTarget, Target.DeviceOrNodeName);
        if (MaxWorkers is < 1 or > int.MaxValue)
        {
            throw new QmpException($"max-workers must be between 1 and {int.MaxValue}");
        }

        if (MaxChunk < 0)
        {
            throw new QmpException("max-chunk must be zero (which means no limit) or positive");
        }

        if (Source.Length != Target.Length)
        {
            throw new QmpException("Source and target image have different sizes");
        }
    }

    private static void EnsureMedium(BlockNode node)
    {
        if (!node.HasMedium)
        {
            throw new QmpException($"Device is not inserted: {node.DeviceName}");
        }
    }

    private static (MirrorSyncMode Sync, BitmapSyncMode? Mode) ResolveIncremental(BlockdevBackup options)
    {
        if (options.Sync is MirrorSyncMode.Incremental or MirrorSyncMode.Bitmap && options.Bitmap is null)
        {
            throw new QmpException($"must provide a valid bitmap name for '{options.Sync.ToWire()}' sync mode");
        }

        if (options.Sync != MirrorSyncMode.Incremental)
        {
            return (options.Sync, options.BitmapMode);
        }

        return options.BitmapMode is null or BitmapSyncMode.OnSuccess
            ? (MirrorSyncMode.Bitmap, BitmapSyncMode.OnSuccess)
            : throw new QmpException("Bitmap sync mode must be 'on-success' when using sync mode 'incremental'");
    }

    private static DirtyBitmap? FindBitmap(string? name, BlockNode source, MirrorSyncMode sync, BitmapSyncMode? mode)
    {
        if (name is null)
        {
            return mode is null ? null : throw new QmpException("Cannot specify bitmap sync mode without a bitmap");
        }

        DirtyBitmap bitmap = source.Bitmaps.Find(name) ?? throw new QmpException($"Bitmap '{name}' could not be found");
        if (mode is null)
        {
            throw new QmpException("Bitmap sync mode must be given when providing a bitmap");
        }

        bitmap.Check(DirtyBitmapChecks.AllowReadOnly);
        if (sync == MirrorSyncMode.None)
        {
            throw new QmpException("sync mode 'none' does not produce meaningful bitmap outputs");
        }

        return sync != MirrorSyncMode.Bitmap && mode == BitmapSyncMode.Never
            ? throw new QmpException($"Bitmap sync mode 'never' has no meaningful effect when combined with sync mode '{sync.ToWire()}'")
            : bitmap;
    }

    private static bool SupportsCompression(BlockNode node) => BackingChain.SkipFilters(node).Driver.SupportsCompression;
}
