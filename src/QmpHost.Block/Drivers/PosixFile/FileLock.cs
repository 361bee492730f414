using System.Runtime.InteropServices;

namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>A byte range that is locked; laid out as the system's.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FileLock
{
    public short Type;
    public short Whence;
    public long Start;
    public long Length;
    public int Process;
}
