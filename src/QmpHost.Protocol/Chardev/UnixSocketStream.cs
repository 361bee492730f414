using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using QmpHost.Net;

namespace QmpHost.Protocol.Chardev;

/// <summary>A connected unix socket as a stream, which also receives the descriptors that the peer sends along with its bytes.</summary>
/// <param name="socket">The socket, which is closed with the stream.</param>
internal sealed class UnixSocketStream(Socket socket) : NetworkStream(socket, ownsSocket: true)
{
    private readonly Lock _lock = new();
    private List<SafeFileHandle> _received = [];
    private bool _isDisposed;

    /// <summary>Takes the first descriptor that came with the latest bytes that brought some, and closes the others.</summary>
    public SafeFileHandle? TakeDescriptor()
    {
        lock (_lock)
        {
            SafeFileHandle? first = _received.FirstOrDefault();
            Replace(_received.Skip(1), []);
            return first;
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            // Reading nothing waits until there is something: .NET's own reading would drop what comes besides bytes.
            await base.ReadAsync(Memory<byte>.Empty, cancellationToken).ConfigureAwait(false);
            if (DescriptorReceiver.TryReceive(Socket, buffer.Span, out int count, out List<SafeFileHandle> descriptors))
            {
                Keep(descriptors);
                return count;
            }
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    protected override void Dispose(bool disposing)
    {
        lock (_lock)
        {
            _isDisposed = true;
            Replace(_received, []);
        }

        base.Dispose(disposing);
    }

    private void Keep(List<SafeFileHandle> descriptors)
    {
        if (descriptors.Count == 0)
        {
            return;
        }

        lock (_lock)
        {
            Replace(_received, descriptors);
            if (_isDisposed)
            {
                Replace(_received, []);
            }
        }
    }

    private void Replace(IEnumerable<SafeFileHandle> unwanted, List<SafeFileHandle> descriptors)
    {
        foreach (SafeFileHandle descriptor in unwanted)
        {
            descriptor.Dispose();
        }

        _received = descriptors;
    }
}
