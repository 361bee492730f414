using System.Net.Sockets;
using QmpHost.Block.Core;

namespace QmpHost.Nbd.Transport;

/// <summary>Error numbers of sockets, and their texts.</summary>
internal static class SocketErrors
{
    /// <summary>The system's error number.</summary>
    /// <param name="exception">What the socket threw.</param>
    /// <returns>The number.</returns>
    public static Errno GetErrno(this SocketException exception) => (Errno)exception.NativeErrorCode;

    /// <summary>The C library's text.</summary>
    /// <param name="exception">What the socket threw.</param>
    /// <returns>For example "Connection refused".</returns>
    public static string Describe(this SocketException exception) => exception.GetErrno().Describe();
}
