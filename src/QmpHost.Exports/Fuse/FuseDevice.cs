using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using QmpHost.Net;
using QmpHost.Net.Transports;
using QmpHost.Qapi.Files;

namespace QmpHost.Exports.Fuse;

/// <summary>The kernel's device through which one mounted file system is asked.</summary>
/// <param name="handle">The device, which does not wait; closed with this.</param>
internal sealed unsafe partial class FuseDevice(SafeFileHandle handle) : IPollable, IDisposable
{
    private const int ReadWrite = 2;
    private const int NonBlocking = 0x800;

    private Action? _readable;
    private long _pollKey;

    /// <summary>The descriptor.</summary>
    public int Descriptor => (int)handle.DangerousGetHandle();

    /// <summary>Opens the device.</summary>
    /// <param name="error">The error number where it cannot be opened.</param>
    /// <returns>The device, or null.</returns>
    public static FuseDevice? TryOpen(out int error)
    {
        SafeFileHandle? handle = SystemFile.OpenHandle("/dev/fuse", ReadWrite | NonBlocking, permissions: 0, out error);
        return handle is null ? null : new FuseDevice(handle);
    }

    /// <summary>Starts to listen.</summary>
    /// <param name="readable">Told when there are requests, or no more will come; on any thread.</param>
    public void Listen(Action readable)
    {
        _readable = readable;
        _pollKey = SocketPoller.Shared.Add(Descriptor, this);
    }

    /// <summary>Takes the next request.</summary>
    /// <param name="buffer">Where to.</param>
    /// <returns>The request's length in bytes, or a negative error number.</returns>
    public int TryRead(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            nint result = Read(handle, start, (nuint)buffer.Length);
            return result >= 0 ? (int)result : -Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Gives an answer. A request that nobody waits for any more is no error.</summary>
    /// <param name="answer">The bytes.</param>
    public void Write(ReadOnlySpan<byte> answer)
    {
        fixed (byte* start = answer)
        {
            _ = Write(handle, start, (nuint)answer.Length);
        }
    }

    /// <summary>Closes the device: whoever waits for the file system is told that it has gone.</summary>
    public void Dispose()
    {
        if (_readable is not null && !handle.IsClosed)
        {
            SocketPoller.Shared.Remove(Descriptor, _pollKey);
        }

        handle.Dispose();
    }

    void IPollable.OnReadable() => _readable?.Invoke();

    void IPollable.OnWritable()
    {
    }

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(SafeFileHandle handle, byte* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(SafeFileHandle handle, byte* buffer, nuint length);
}
