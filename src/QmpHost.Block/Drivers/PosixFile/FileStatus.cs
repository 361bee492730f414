using System.Runtime.InteropServices;

namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>What the system tells of a file; laid out as Linux's statx on every processor.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct FileStatus
{
    private const ushort TypeMask = 0xF000;
    private const ushort RegularType = 0x8000;
    private const ushort CharacterDeviceType = 0x2000;
    private const ushort BlockDeviceType = 0x6000;

    [FieldOffset(28)]
    public ushort Mode;

    [FieldOffset(48)]
    public ulong Blocks;

    /// <summary>Whether it is a regular file, not a directory or device.</summary>
    public readonly bool IsRegular => (Mode & TypeMask) == RegularType;

    /// <summary>Whether it is a device, of blocks or of characters.</summary>
    public readonly bool IsDevice => (Mode & TypeMask) is CharacterDeviceType or BlockDeviceType;

    /// <summary>Whether it is a device of blocks.</summary>
    public readonly bool IsBlockDevice => (Mode & TypeMask) == BlockDeviceType;

    /// <summary>Space used in bytes.</summary>
    public readonly long AllocatedBytes => (long)Blocks * 512;
}
