using Microsoft.Win32.SafeHandles;

namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>Wishes about how a file system keeps a file. Only some file systems know them: failures do not matter.</summary>
internal static class FileHints
{
    private const nuint GetFlags = 0x80086601;
    private const nuint SetFlags = 0x40086602;
    private const int NoCopyOnWrite = 0x00800000;
    private const nuint GetAttributes = 0x801C581F;
    private const nuint SetAttributes = 0x401C5820;
    private const uint HasExtentSize = 0x800;

    /// <summary>Asks for writes in place.</summary>
    public static void DisableCopyOnWrite(SafeFileHandle file)
    {
        int flags = 0;
        if (NativeFile.Control(file, GetFlags, ref flags) == 0)
        {
            flags |= NoCopyOnWrite;
            _ = NativeFile.Control(file, SetFlags, ref flags);
        }
    }

    /// <summary>The size of extents that a file asks for, in bytes; 0 for none, or where the file system knows no such thing.</summary>
    public static uint GetExtentSize(SafeFileHandle file)
    {
        var attributes = default(ExtentAttributes);
        return NativeFile.Control(file, GetAttributes, ref attributes) == 0 ? attributes.ExtentSize : 0;
    }

    /// <summary>Asks for extents of a size, so that a file that is written at random does not fall into small ones.</summary>
    public static void SetExtentSize(SafeFileHandle file, uint size)
    {
        var attributes = default(ExtentAttributes);
        if (NativeFile.Control(file, GetAttributes, ref attributes) == 0)
        {
            attributes.Flags |= HasExtentSize;
            attributes.ExtentSize = size;
            _ = NativeFile.Control(file, SetAttributes, ref attributes);
        }
    }
}
