using QmpHost.Net.Transports;

namespace QmpHost.Protocol.Chardev;

/// <summary>What comes in over telnet, without the commands of the protocol.</summary>
/// <param name="inner">What comes in.</param>
internal sealed class TelnetInput(Stream inner) : ConnectionStream
{
    private const byte Command = 0xff;
    private const byte FirstWithOption = 251;

    private int _place;

    public override bool CanWrite => false;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            int count = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            int kept = count == 0 ? 0 : Strip(buffer.Span[..count]);
            if (count == 0 || kept > 0)
            {
                return kept;
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        inner.Dispose();
        base.Dispose(disposing);
    }

    // A command is two bytes, or three where it is about an option; a doubled first byte stands for itself.
    private int Strip(Span<byte> bytes)
    {
        int kept = 0;
        foreach (byte b in bytes)
        {
            if (_place == 0 && b == Command)
            {
                _place = 1;
            }
            else if (_place == 1)
            {
                if (b == Command)
                {
                    bytes[kept++] = b;
                }

                _place = b >= FirstWithOption && b != Command ? 2 : 0;
            }
            else if (_place == 2)
            {
                _place = 0;
            }
            else
            {
                bytes[kept++] = b;
            }
        }

        return kept;
    }
}
