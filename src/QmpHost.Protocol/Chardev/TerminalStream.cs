using Microsoft.Win32.SafeHandles;
using QmpHost.Net.Transports;

namespace QmpHost.Protocol.Chardev;

/// <summary>A terminal's other end, or a serial port, as a stream. It ends when nobody has the terminal open any more.</summary>
/// <param name="file">The file; it is left open when the stream is closed.</param>
internal sealed class TerminalStream(SafeFileHandle file) : ConnectionStream
{
    private const int LongestWait = 200;

    private volatile bool _isClosed;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        => await Task.Run(() => Read(buffer.Span), cancellationToken).ConfigureAwait(false);

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        while (!_isClosed)
        {
            if (Terminal.Poll(file, LongestWait, out bool isHungUp))
            {
                return RandomAccess.Read(file, buffer, 0);
            }

            if (isHungUp)
            {
                break;
            }
        }

        return 0;
    }

    public override void Write(byte[] buffer, int offset, int count) => RandomAccess.Write(file, buffer.AsSpan(offset, count), 0);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        RandomAccess.Write(file, buffer.Span, 0);
        return default;
    }

    protected override void Dispose(bool disposing)
    {
        _isClosed = true;
        base.Dispose(disposing);
    }
}
