namespace QmpHost.Exports.Fuse;

/// <summary>What the kernel asks of a file system.</summary>
internal enum FuseOpcode : uint
{
    /// <summary>An inode is forgotten; not answered.</summary>
    Forget = 2,

    /// <summary>The attributes of an inode.</summary>
    GetAttributes = 3,

    /// <summary>A change of attributes.</summary>
    SetAttributes = 4,

    /// <summary>A file is opened.</summary>
    Open = 14,

    /// <summary>A file is read.</summary>
    Read = 15,

    /// <summary>A file is written.</summary>
    Write = 16,

    /// <summary>The state of the file system.</summary>
    FileSystemState = 17,

    /// <summary>A file is closed for the last time.</summary>
    Release = 18,

    /// <summary>What was written is to be made stable.</summary>
    Synchronize = 20,

    /// <summary>A descriptor of a file is closed.</summary>
    Flush = 25,

    /// <summary>The first request.</summary>
    Initialize = 26,

    /// <summary>Somebody does not want to wait any more; not answered.</summary>
    Interrupt = 36,

    /// <summary>The last request.</summary>
    Destroy = 38,

    /// <summary>Several inodes are forgotten; not answered.</summary>
    ForgetSeveral = 42,

    /// <summary>Space of a file is allocated or given up.</summary>
    Allocate = 43,

    /// <summary>The next data or hole of a file.</summary>
    Seek = 46,
}
