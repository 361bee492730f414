using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using QmpHost.Block.Graph;
using QmpHost.Qapi;

namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>
/// The locks by which processes that use the same image keep out of each other's way: one byte for each permission
/// that is used, and one for each that is not shared.
/// </summary>
internal static class FileLocks
{
    private const int UsedBase = 100;
    private const int UnsharedBase = 200;
    private const int GetLock = 36;
    private const int SetLock = 37;
    private const short ReadLock = 0;
    private const short WriteLock = 1;
    private const short Unlock = 2;

    // A write that leaves the contents unchanged needs no lock: nobody else can see it.
    private static readonly (BlockPermissions Permission, int Byte, string Name)[] Bytes =
    [
        (BlockPermissions.ConsistentRead, 0, "consistent read"),
        (BlockPermissions.Write, 1, "write"),
        (BlockPermissions.Resize, 3, "resize"),
    ];

    /// <summary>Takes the locks for permissions, beside those that are held already.</summary>
    /// <exception cref="QmpException">Another process uses the file in a way that conflicts; the locks may be taken in part.</exception>
    public static void Take(SafeFileHandle file, BlockPermissions used, BlockPermissions unshared)
    {
        foreach ((BlockPermissions permission, int at, _) in Bytes)
        {
            if ((used & permission) != 0)
            {
                Set(file, UsedBase + at, ReadLock);
            }

            if ((unshared & permission) != 0)
            {
                Set(file, UnsharedBase + at, ReadLock);
            }
        }
    }

    /// <summary>Checks that nobody else's locks conflict with permissions.</summary>
    /// <exception cref="QmpException">Somebody's do.</exception>
    public static void Check(SafeFileHandle file, BlockPermissions used, BlockPermissions unshared)
    {
        foreach ((BlockPermissions permission, int at, string name) in Bytes)
        {
            if ((used & permission) != 0 && IsTaken(file, UnsharedBase + at))
            {
                throw new QmpException($"Failed to get \"{name}\" lock");
            }
        }

        foreach ((BlockPermissions permission, int at, string name) in Bytes)
        {
            if ((unshared & permission) != 0 && IsTaken(file, UsedBase + at))
            {
                throw new QmpException($"Failed to get shared \"{name}\" lock");
            }
        }
    }

    /// <summary>Gives up all locks but those for permissions.</summary>
    public static void Keep(SafeFileHandle file, BlockPermissions used, BlockPermissions unshared)
    {
        foreach ((BlockPermissions permission, int at, _) in Bytes)
        {
            if ((used & permission) == 0)
            {
                Set(file, UsedBase + at, Unlock);
            }

            if ((unshared & permission) == 0)
            {
                Set(file, UnsharedBase + at, Unlock);
            }
        }
    }

    /// <summary>
    /// Gives up all locks before a file is closed. A process that is being started has a copy of every descriptor until its program
    /// begins, and locks that only the close gave up would last as long.
    /// </summary>
    public static void Release(SafeFileHandle file) => Keep(file, BlockPermissions.None, BlockPermissions.None);

    private static void Set(SafeFileHandle file, int at, short type)
    {
        var range = new FileLock { Type = type, Start = at, Length = 1 };
        if (NativeFile.Lock(file, SetLock, ref range) != 0 && type != Unlock)
        {
            throw new QmpException($"Failed to lock byte {at}");
        }
    }

    private static bool IsTaken(SafeFileHandle file, int at)
    {
        var range = new FileLock { Type = WriteLock, Start = at, Length = 1 };
        return NativeFile.Lock(file, GetLock, ref range) != 0 || range.Type != Unlock;
    }
}
