namespace QmpHost.Block.Tests.Drivers.Qcow2.FullDisk;

/// <summary>What is tried where there is no room.</summary>
internal enum FullDiskWork
{
    Write,
    WriteZeroes,
    Compress,
    Resize,
    Snapshot,
    StoreBitmaps,
    Create,
    Commit,
    Stream,
    Mirror,
    Backup,
}
