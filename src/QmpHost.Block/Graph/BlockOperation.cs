namespace QmpHost.Block.Graph;

/// <summary>Operations of the management layer that a user of a node may forbid while it works (op blockers).</summary>
public enum BlockOperation
{
    /// <summary>Being the source of a backup.</summary>
    BackupSource,

    /// <summary>Being the target of a backup.</summary>
    BackupTarget,

    /// <summary>Changing the medium.</summary>
    Change,

    /// <summary>Being the source of a commit.</summary>
    CommitSource,

    /// <summary>Being the target of a commit.</summary>
    CommitTarget,

    /// <summary>Being deleted.</summary>
    DriveDelete,

    /// <summary>Ejecting the medium.</summary>
    Eject,

    /// <summary>Taking an external snapshot.</summary>
    ExternalSnapshot,

    /// <summary>Taking an internal snapshot.</summary>
    InternalSnapshot,

    /// <summary>Deleting an internal snapshot.</summary>
    InternalSnapshotDelete,

    /// <summary>Being the source of a mirror.</summary>
    MirrorSource,

    /// <summary>Being the target of a mirror.</summary>
    MirrorTarget,

    /// <summary>Changing the length.</summary>
    Resize,

    /// <summary>Being streamed into.</summary>
    Stream,

    /// <summary>Being put in the place of another node.</summary>
    Replace,
}
