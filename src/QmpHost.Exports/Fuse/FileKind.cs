using System.Runtime.InteropServices;
using QmpHost.Qapi.Json;

namespace QmpHost.Exports.Fuse;

/// <summary>Asks the system what a path leads to, with its error numbers.</summary>
internal static unsafe partial class FileKind
{
    /// <summary>The kind of a regular file.</summary>
    public const uint Regular = 0x8000;

    private const int CurrentFolder = -100;
    private const uint WantsType = 1;
    private const int StatSize = 256;
    private const int ModeOffset = 28;
    private const uint KindBits = 0xF000;

    /// <summary>Follows a path.</summary>
    /// <param name="path">The path.</param>
    /// <returns>The kind of what is there, or an error number.</returns>
    public static (uint Kind, int Error) Find(string path)
    {
        byte* state = stackalloc byte[StatSize];
        fixed (byte* name = (byte[])[.. ModifiedUtf8.GetBytes(path), 0])
        {
            return Statx(CurrentFolder, name, 0, WantsType, state) == 0
                ? (*(ushort*)(state + ModeOffset) & KindBits, 0)
                : (0, Marshal.GetLastPInvokeError());
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static partial int Statx(int folder, byte* path, int flags, uint mask, byte* state);
}
