namespace QmpHost.Block.Tests.Drivers.Qcow2;

/// <summary>One entry of a <see cref="MemoryDisk"/>'s log: a write, or a flush that all earlier writes have survived.</summary>
internal readonly record struct DiskOperation(long Offset, byte[]? Data, long NewLength = -1)
{
    public static DiskOperation Flush => new(0, null);

    public static DiskOperation Resize(long length) => new(0, null, length);

    public bool IsFlush => Data is null && NewLength < 0;
}
