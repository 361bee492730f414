using Microsoft.Win32.SafeHandles;

namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>What a CD drive of the host tells.</summary>
internal static class CdDrive
{
    private const nuint DriveStatus = 0x5326;
    private const int CurrentSlot = int.MaxValue;
    private const int DiscOk = 4;

    /// <summary>Whether a disc is in the drive; never in what is no drive.</summary>
    public static bool HasDisc(SafeFileHandle file) => NativeFile.Control(file, DriveStatus, CurrentSlot) == DiscOk;

    /// <summary>Whether a path leads to such a drive.</summary>
    public static bool IsAt(string path)
    {
        const int DoNotWait = 0x800;
        using SafeFileHandle? file = NativeFile.Open(path, NativeFile.OpenReadOnly | DoNotWait, out _);
        return file is not null && NativeFile.Control(file, DriveStatus, CurrentSlot) >= 0;
    }
}
