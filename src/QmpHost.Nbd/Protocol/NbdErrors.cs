using QmpHost.Block.Core;

namespace QmpHost.Nbd.Protocol;

/// <summary>Translates between the block layer's error numbers and those of the protocol.</summary>
public static class NbdErrors
{
    /// <summary>What a server sends for an error of its disk. Anything unknown, EACCES among it, becomes EINVAL, as QEMU has it.</summary>
    /// <param name="errno">The block layer's number.</param>
    /// <returns>The protocol's number.</returns>
    public static NbdError FromErrno(Errno errno) => errno switch
    {
        Errno.None => NbdError.Success,
        Errno.EPERM or Errno.EROFS => NbdError.Perm,
        Errno.EIO => NbdError.IO,
        Errno.ENOMEM => NbdError.NoMemory,
        Errno.EFBIG or Errno.ENOSPC or Errno.EDQUOT => NbdError.NoSpace,
        Errno.EOVERFLOW => NbdError.Overflow,
        Errno.ENOTSUP => NbdError.NotSupported,
        Errno.ESHUTDOWN => NbdError.Shutdown,
        _ => NbdError.Invalid,
    };

    /// <summary>What a client's node reports for an error that its server sent.</summary>
    /// <param name="error">The protocol's number.</param>
    /// <returns>The block layer's number; EINVAL for one that the protocol does not know.</returns>
    public static Errno ToErrno(NbdError error) => error switch
    {
        NbdError.Success => Errno.None,
        NbdError.Perm => Errno.EPERM,
        NbdError.IO => Errno.EIO,
        NbdError.NoMemory => Errno.ENOMEM,
        NbdError.NoSpace => Errno.ENOSPC,
        NbdError.Overflow => Errno.EOVERFLOW,
        NbdError.NotSupported => Errno.ENOTSUP,
        NbdError.Shutdown => Errno.ESHUTDOWN,
        _ => Errno.EINVAL,
    };
}
