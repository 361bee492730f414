using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using QmpHost.Qapi.Json;

namespace QmpHost.Qapi.Files;

/// <summary>
/// Opens files that clients name: by the bytes of their names, U+0000 among them, and with the system's error numbers. The platform's
/// own methods have other words for what fails, and refuse some names with errors that are none of the system's.
/// </summary>
/// <remarks>May be used from any thread.</remarks>
public static partial class SystemFile
{
    private const int OpenCreate = 0x40;
    private const int OpenTruncate = 0x200;
    private const int OpenAppend = 0x400;
    private const int OpenCloseOnExec = 0x80000;
    private const int Interrupted = 4;
    private const int IsADirectory = 21;
    private const int InputOutputError = 5;
    private const uint UsualMode = 0x1b6;

    /// <summary>Opens a file.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="mode">Open, OpenOrCreate, Create or Append.</param>
    /// <param name="access">What is done with it.</param>
    /// <param name="error">The system's error number, or 0.</param>
    /// <param name="permissions">The permissions of a file that is made.</param>
    /// <returns>The file without a buffer, or null.</returns>
    public static FileStream? Open(string path, FileMode mode, FileAccess access, out int error, uint permissions = UsualMode)
    {
        SafeFileHandle? handle = OpenHandle(path, FlagsOf(mode) | AccessOf(access), permissions, out error);
        if (handle is null)
        {
            return null;
        }

        try
        {
            return new FileStream(handle, access, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // A directory can be opened, but is no stream.
            handle.Dispose();
            error = Directory.Exists(path) ? IsADirectory : InputOutputError;
            return null;
        }
    }

    /// <summary>Reads a whole file.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="error">The system's error number, or 0.</param>
    /// <returns>The contents, or null.</returns>
    public static byte[]? ReadAllBytes(string path, out int error)
    {
        using FileStream? file = Open(path, FileMode.Open, FileAccess.Read, out error);
        if (file is null)
        {
            return null;
        }

        try
        {
            var contents = new MemoryStream();
            file.CopyTo(contents);
            return contents.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error = Directory.Exists(path) ? IsADirectory : InputOutputError;
            return null;
        }
    }

    /// <summary>The system's words for an error number.</summary>
    /// <param name="error">The number.</param>
    /// <returns>The words, as "Permission denied".</returns>
    public static string Describe(int error) => Marshal.GetPInvokeErrorMessage(error);

    /// <summary>Opens a file; never inherited by child processes.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="flags">The system's flags.</param>
    /// <param name="permissions">The permissions of a file that is made.</param>
    /// <param name="error">The system's error number, or 0.</param>
    /// <returns>The file, or null.</returns>
    public static SafeFileHandle? OpenHandle(string path, int flags, uint permissions, out int error)
    {
        int descriptor;
        do
        {
            descriptor = OpenCore(ModifiedUtf8.GetTerminatedBytes(path), flags | OpenCloseOnExec, permissions);
            error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        }
        while (error == Interrupted);
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    private static int FlagsOf(FileMode mode) => mode switch
    {
        FileMode.Open => 0,
        FileMode.OpenOrCreate => OpenCreate,
        FileMode.Create => OpenCreate | OpenTruncate,
        FileMode.Append => OpenCreate | OpenAppend,
        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, null),
    };

    private static int AccessOf(FileAccess access) => access switch
    {
        FileAccess.Read => 0,
        FileAccess.Write => 1,
        _ => 2,
    };

    [LibraryImport("libc", EntryPoint = "open64", SetLastError = true)]
    private static partial int OpenCore(ReadOnlySpan<byte> path, int flags, uint mode);
}
