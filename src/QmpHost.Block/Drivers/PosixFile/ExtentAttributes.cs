using System.Runtime.InteropServices;

namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>How a file system allocates a file; laid out as Linux's fsxattr.</summary>
[StructLayout(LayoutKind.Sequential, Size = 28)]
internal struct ExtentAttributes
{
    /// <summary>Which of the attributes count.</summary>
    public uint Flags;

    /// <summary>The size that extents are to have, in bytes.</summary>
    public uint ExtentSize;
}
