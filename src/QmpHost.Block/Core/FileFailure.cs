namespace QmpHost.Block.Core;

/// <summary>The error numbers behind what the platform's methods for whole files throw.</summary>
public static class FileFailure
{
    /// <summary>Whether an exception says that a file could not be read or written, rather than that the program is wrong.</summary>
    /// <param name="exception">What was thrown; an <see cref="ArgumentException"/> is that of a name with a null character in it.</param>
    /// <returns>True if it does.</returns>
    public static bool Is(Exception exception) => exception is IOException or UnauthorizedAccessException or ArgumentException;

    /// <summary>The error number that the system gave for a file.</summary>
    /// <param name="exception">An exception for which <see cref="Is"/> is true.</param>
    /// <param name="path">The file.</param>
    /// <returns>The error number; EIO for one that the platform does not tell.</returns>
    public static Errno ErrnoOf(Exception exception, string path) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException or ArgumentException => Errno.ENOENT,
        PathTooLongException => Errno.ENAMETOOLONG,
        UnauthorizedAccessException => Directory.Exists(path) ? Errno.EISDIR : Errno.EACCES,
        _ => Errno.EIO,
    };
}
