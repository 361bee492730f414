using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using QmpHost.Net.Transports;

namespace QmpHost.Exports.Memory;

/// <summary>An event descriptor or pipe of another process, by which either side wakes the other.</summary>
/// <remarks>It never waits: it is switched to that, which the other side sees, too.</remarks>
internal sealed unsafe partial class EventDescriptor : IPollable, IDisposable
{
    private const int GetFlags = 3;
    private const int SetFlags = 4;
    private const int NonBlocking = 0x800;

    private readonly SafeFileHandle _handle;
    private Action? _woken;
    private long _pollKey;

    /// <summary>Takes a descriptor over.</summary>
    /// <param name="handle">The descriptor.</param>
    public EventDescriptor(SafeFileHandle handle)
    {
        _handle = handle;
        _ = Control(handle, SetFlags, Control(handle, GetFlags, 0) | NonBlocking);
    }

    /// <summary>Starts to listen.</summary>
    /// <param name="woken">Told of each event, on any thread.</param>
    /// <exception cref="IOException">It is nothing that can be listened to.</exception>
    public void Listen(Action woken)
    {
        _woken = woken;
        _pollKey = SocketPoller.Shared.Add((int)_handle.DangerousGetHandle(), this);
    }

    /// <summary>Wakes the other side.</summary>
    public void Signal()
    {
        ulong one = 1;
        _ = Write(_handle, &one, sizeof(ulong));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_woken is not null && !_handle.IsClosed)
        {
            SocketPoller.Shared.Remove((int)_handle.DangerousGetHandle(), _pollKey);
        }

        _handle.Dispose();
    }

    void IPollable.OnReadable()
    {
        ulong count;
        try
        {
            _ = Read(_handle, &count, sizeof(ulong));
        }
        catch (ObjectDisposedException)
        {
            // It was closed while the event was on its way.
            return;
        }

        _woken?.Invoke();
    }

    void IPollable.OnWritable()
    {
    }

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint Read(SafeFileHandle handle, void* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint Write(SafeFileHandle handle, void* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(SafeFileHandle handle, int command, int argument);
}
