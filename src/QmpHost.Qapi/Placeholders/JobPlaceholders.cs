namespace QmpHost.Qapi.Schema;

// Stand-ins until the generator makes these types; removed together with this folder.
#pragma warning disable CS1591
public enum JobType
{
    Commit, Stream, Mirror, Backup, Create, Amend, SnapshotLoad, SnapshotSave, SnapshotDelete,
}

public enum JobStatus
{
    Undefined, Created, Running, Paused, Ready, Standby, Waiting, Pending, Aborting, Concluded, Null,
}

public enum BlockDeviceIoStatus
{
    Ok, Failed, Nospace,
}

public enum BlockdevOnError
{
    Report, Ignore, Enospc, Stop, Auto,
}

public enum BlockErrorAction
{
    Ignore, Report, Stop,
}

public enum IoOperationType
{
    Read, Write,
}

public enum MirrorSyncMode
{
    Top, Full, None, Incremental, Bitmap,
}

public enum BitmapSyncMode
{
    OnSuccess, Never, Always,
}

public enum OnCbwError
{
    BreakGuestWrite, BreakSnapshot,
}

public enum ActionCompletionMode
{
    Individual, Grouped,
}

public static class PlaceholderWire
{
    public static string ToWire(this JobStatus s) => s.ToString().ToLowerInvariant();

    public static string ToWire(this JobType s) => s.ToString().ToLowerInvariant();

    public static string ToWire(this MirrorSyncMode s) => s.ToString().ToLowerInvariant();

    public static string ToWire(this BitmapSyncMode s) => s == BitmapSyncMode.OnSuccess ? "on-success" : s.ToString().ToLowerInvariant();
}

public sealed record JobInfo
{
    public required string Id { get; init; }

    public required JobType Type { get; init; }

    public required JobStatus Status { get; init; }

    public required long CurrentProgress { get; init; }

    public required long TotalProgress { get; init; }

    public string? Error { get; init; }
}

public sealed record BlockJobInfo
{
    public required JobType Type { get; init; }

    public required string Device { get; init; }

    public required long Len { get; init; }

    public required long Offset { get; init; }

    public required bool Busy { get; init; }

    public required bool Paused { get; init; }

    public required long Speed { get; init; }

    public required BlockDeviceIoStatus IoStatus { get; init; }

    public required bool Ready { get; init; }

    public required JobStatus Status { get; init; }

    public required bool AutoFinalize { get; init; }

    public required bool AutoDismiss { get; init; }

    public string? Error { get; init; }
}

public abstract record PlaceholderEvent : QapiEvent
{
    public override QemuRelease Since => new(2, 0);

    public override bool HasData => true;

    public override void WriteTo(QapiWriter writer, VersionProfile profile) => throw new NotImplementedException();
}

public sealed record JobStatusChangeEvent : PlaceholderEvent
{
    public override string Name => "JOB_STATUS_CHANGE";

    public required string Id { get; init; }

    public required JobStatus Status { get; init; }
}

public sealed record BlockJobCompletedEvent : PlaceholderEvent
{
    public override string Name => "BLOCK_JOB_COMPLETED";

    public required JobType Type { get; init; }

    public required string Device { get; init; }

    public required long Len { get; init; }

    public required long Offset { get; init; }

    public required long Speed { get; init; }

    public string? Error { get; init; }
}

public sealed record BlockJobCancelledEvent : PlaceholderEvent
{
    public override string Name => "BLOCK_JOB_CANCELLED";

    public required JobType Type { get; init; }

    public required string Device { get; init; }

    public required long Len { get; init; }

    public required long Offset { get; init; }

    public required long Speed { get; init; }
}

public sealed record BlockJobReadyEvent : PlaceholderEvent
{
    public override string Name => "BLOCK_JOB_READY";

    public required JobType Type { get; init; }

    public required string Device { get; init; }

    public required long Len { get; init; }

    public required long Offset { get; init; }

    public required long Speed { get; init; }
}

public sealed record BlockJobPendingEvent : PlaceholderEvent
{
    public override string Name => "BLOCK_JOB_PENDING";

    public required JobType Type { get; init; }

    public required string Id { get; init; }
}

public sealed record BlockJobErrorEvent : PlaceholderEvent
{
    public override string Name => "BLOCK_JOB_ERROR";

    public required string Device { get; init; }

    public required IoOperationType Operation { get; init; }

    public required BlockErrorAction Action { get; init; }
}

public sealed record BlockDirtyBitmap
{
    public required string Node { get; init; }

    public required string Name { get; init; }
}

public sealed record BlockdevOptionsCbw : IBlockdevOptionsBranch
{
    public required BlockdevRef File { get; init; }

    public required BlockdevRef Target { get; init; }

    public BlockDirtyBitmap? Bitmap { get; init; }

    public OnCbwError? OnCbwError { get; init; }

    public uint? CbwTimeout { get; init; }
}

public sealed record BlockdevOptionsGenericFormat : IBlockdevOptionsBranch
{
    public required BlockdevRef File { get; init; }
}

public sealed record BackupPerf
{
    public bool? UseCopyRange { get; init; }

    public long? MaxWorkers { get; init; }

    public long? MaxChunk { get; init; }
}

public sealed record BlockdevBackup
{
    public string? JobId { get; init; }

    public required string Device { get; init; }

    public required string Target { get; init; }

    public required MirrorSyncMode Sync { get; init; }

    public long? Speed { get; init; }

    public string? Bitmap { get; init; }

    public BitmapSyncMode? BitmapMode { get; init; }

    public bool? Compress { get; init; }

    public BlockdevOnError? OnSourceError { get; init; }

    public BlockdevOnError? OnTargetError { get; init; }

    public bool? AutoFinalize { get; init; }

    public bool? AutoDismiss { get; init; }

    public string? FilterNodeName { get; init; }

    public BackupPerf? XPerf { get; init; }
}
