using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using QmpHost.Block.Core;
using QmpHost.Commands.Hosting;
using QmpHost.Net;
using QmpHost.Qapi;
using QmpHost.Qapi.Files;

namespace QmpHost.Commands.Migration;

/// <summary>Opens what the state of a machine is written to.</summary>
internal static class MigrationChannels
{
    private const int BrokenPipe = 32;

    /// <summary>Makes ready to open: what is wrong with the address itself is told to whoever asked.</summary>
    /// <param name="address">The address.</param>
    /// <param name="session">The monitor, whose named descriptors may be used; or null.</param>
    /// <exception cref="QmpException">The descriptor is not there.</exception>
    /// <returns>What opens it.</returns>
    public static Func<CancellationToken, Task<Stream>> Prepare(MigrationAddress address, IQmpSession? session)
    {
        switch (address.Transport)
        {
            case MigrationTransport.Command:
                Stream pipe = CommandPipe.Open(address.Text, forWriting: true);
                return _ => Task.FromResult(pipe);
            case MigrationTransport.Descriptor:
                SafeFileHandle descriptor = session?.Descriptors.Take(address.Text) ?? throw new QmpException($"File descriptor named '{address.Text}' has not been found");
                Stream file = Open(descriptor, FileAccess.Write);
                return _ => Task.FromResult(file);
            case MigrationTransport.File:
                Stream written = OpenFile(address, FileMode.Create, FileAccess.Write);
                return _ => Task.FromResult(written);
            default:
                return async cancellation => new NetworkStream(await SocketConnector.ConnectAsync(address.Socket!, cancellation), ownsSocket: true);
        }
    }

    /// <summary>Opens a descriptor that somebody passed, whatever it is.</summary>
    /// <param name="descriptor">The descriptor, which the stream owns.</param>
    /// <param name="access">What is done with it.</param>
    public static Stream Open(SafeFileHandle descriptor, FileAccess access)
    {
        if (new FileInfo($"/proc/self/fd/{descriptor.DangerousGetHandle()}").LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) != true)
        {
            return new FileStream(descriptor, access, bufferSize: 0);
        }

        // A socket goes both ways: the other side can answer.
        return new NetworkStream(SocketConnector.Inherit(descriptor), ownsSocket: true);
    }

    /// <summary>Opens a file with the state of a machine, where the state begins.</summary>
    /// <param name="address">The file.</param>
    /// <param name="mode">Whether it is made.</param>
    /// <param name="access">What is done with it.</param>
    /// <exception cref="QmpException">It cannot be opened.</exception>
    public static Stream OpenFile(MigrationAddress address, FileMode mode, FileAccess access)
    {
        FileStream file = SystemFile.Open(address.Text, mode, access, out int error)
            ?? throw new QmpException($"Could not {(mode == FileMode.Create ? "create" : "open")} '{address.Text}': {SystemFile.Describe(error)}");
        file.Position = address.Offset;
        return file;
    }

    /// <summary>Whether this is what QEMU's words for a failed connection are about.</summary>
    /// <param name="exception">The exception.</param>
    public static bool IsFailure(Exception exception)
        => exception is IOException or QmpException or SocketException or ObjectDisposedException or UnauthorizedAccessException or NotSupportedException;

    /// <summary>What is wrong, as QEMU says it.</summary>
    /// <param name="kind">What is written to or read from.</param>
    /// <param name="verb">"write to" or "read from".</param>
    /// <param name="exception">The exception.</param>
    public static string Describe(string kind, string verb, Exception exception) => exception switch
    {
        QmpException => exception.Message,
        IOException { InnerException: SocketException socket } => $"Unable to {verb} {kind}: {Describe(socket)}",
        SocketException socket => $"Unable to {verb} {kind}: {Describe(socket)}",
        _ => $"Unable to {verb} {kind}: {Reason(exception)}",
    };

    private static string Describe(SocketException exception) => Marshal.GetPInvokeErrorMessage(exception.NativeErrorCode);

    // .NET says "Broken pipe" and more, or less, by platform.
    private static string Reason(Exception exception)
        => exception.Message.Contains("Broken pipe", StringComparison.OrdinalIgnoreCase) || (exception.HResult & 0xffff) == BrokenPipe
            ? "Broken pipe"
            : exception.Message.Split(':')[0].Trim().TrimEnd('.');

    /// <summary>Tells whoever runs the program.</summary>
    /// <param name="host">The host.</param>
    /// <param name="text">What.</param>
    public static void Tell(HostServices host, string text) => host.Layer.Context.Report(ReportKind.RequestFailure, text);
}
