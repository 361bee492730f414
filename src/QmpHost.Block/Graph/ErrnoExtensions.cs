namespace QmpHost.Block.Graph;

/// <summary>Texts for error numbers.</summary>
public static class ErrnoExtensions
{
    /// <summary>The C library's text for an error number, which QMP messages end in.</summary>
    /// <param name="errno">The error number.</param>
    /// <returns>For example "Input/output error".</returns>
    public static string Describe(this Errno errno) => errno switch
    {
        Errno.None => "Success",
        Errno.EPERM => "Operation not permitted",
        Errno.ENOENT => "No such file or directory",
        Errno.EIO => "Input/output error",
        Errno.EAGAIN => "Resource temporarily unavailable",
        Errno.ENOMEM => "Cannot allocate memory",
        Errno.EACCES => "Permission denied",
        Errno.EBUSY => "Device or resource busy",
        Errno.EEXIST => "File exists",
        Errno.EISDIR => "Is a directory",
        Errno.EINVAL => "Invalid argument",
        Errno.EFBIG => "File too large",
        Errno.ENOSPC => "No space left on device",
        Errno.EROFS => "Read-only file system",
        Errno.ERANGE => "Numerical result out of range",
        Errno.EPROTO => "Protocol error",
        Errno.ENOTSUP => "Operation not supported",
        Errno.ECONNRESET => "Connection reset by peer",
        Errno.ETIMEDOUT => "Connection timed out",
        Errno.ECONNREFUSED => "Connection refused",
        Errno.ENOMEDIUM => "No medium found",
        Errno.ECANCELED => "Operation canceled",
        _ => $"Unknown error {(int)errno}",
    };
}
