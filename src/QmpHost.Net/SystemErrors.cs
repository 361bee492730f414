using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace QmpHost.Net;

/// <summary>Error numbers of the system, and their texts, which are the C library's.</summary>
internal static class SystemErrors
{
    public const int NoEntry = 2;
    public const int Interrupted = 4;
    public const int TryAgain = 11;
    public const int BrokenPipe = 32;
    public const int ConnectionRefused = 111;

    /// <summary>The text of an error number, for example "Connection refused".</summary>
    public static string Describe(int error) => Marshal.GetPInvokeErrorMessage(error);

    /// <summary>The text of what a socket threw.</summary>
    public static string Describe(this SocketException exception) => Describe(exception.NativeErrorCode);
}
