namespace QmpHost.Block.Core;

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
        Errno.EINTR => "Interrupted system call",
        Errno.ENXIO => "No such device or address",
        Errno.EBADF => "Bad file descriptor",
        Errno.ENODEV => "No such device",
        Errno.ENOTDIR => "Not a directory",
        Errno.EPIPE => "Broken pipe",
        Errno.ENAMETOOLONG => "File name too long",
        Errno.EOVERFLOW => "Value too large for defined data type",
        Errno.EADDRINUSE => "Address already in use",
        Errno.EADDRNOTAVAIL => "Cannot assign requested address",
        Errno.ENETUNREACH => "Network is unreachable",
        Errno.ECONNABORTED => "Software caused connection abort",
        Errno.ENOTCONN => "Transport endpoint is not connected",
        Errno.ESHUTDOWN => "Cannot send after transport endpoint shutdown",
        Errno.EHOSTUNREACH => "No route to host",
        Errno.EDQUOT => "Disk quota exceeded",
        _ => $"Unknown error {(int)errno}",
    };
}
