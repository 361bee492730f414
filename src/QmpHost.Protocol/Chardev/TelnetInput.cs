using QmpHost.Net.Transports;

namespace QmpHost.Protocol.Chardev;

/// <summary>What comes in over telnet, without the commands of the protocol.</summary>
/// <param name="inner">What comes in.</param>
/// <param name="is3270">Whether the ends of records are passed on, and answers about the terminal's type are taken out.</param>
internal sealed class TelnetInput(Stream inner, bool is3270 = false) : ConnectionStream
{
    private const byte Command = 0xff;
    private const byte FirstWithOption = 251;
    private const byte EndOfRecord = 0xef;
    private const byte Subnegotiation = 0xfa;
    private const byte EndOfSubnegotiation = 0xf0;

    private int _place;
    private bool _isInSubnegotiation;

    public override bool CanWrite => false;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            // Two bytes are passed on for the end of a record, of which the first may have come before: there is a place for it.
            int place = is3270 && buffer.Length > 1 ? 1 : 0;
            int count = await inner.ReadAsync(buffer[place..], cancellationToken).ConfigureAwait(false);
            int kept = count == 0 ? 0 : Strip(buffer.Span.Slice(place, count), buffer.Span);
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
    private int Strip(ReadOnlySpan<byte> received, Span<byte> bytes)
    {
        int kept = 0;
        foreach (byte b in received)
        {
            if (_place == 0 && b == Command)
            {
                _place = 1;
            }
            else if (_place == 1)
            {
                kept = TakeCommand(b, bytes, kept);
                _place = b >= FirstWithOption && b != Command ? 2 : 0;
            }
            else if (_place == 2)
            {
                _place = 0;
            }
            else if (!_isInSubnegotiation)
            {
                bytes[kept++] = b;
            }
        }

        return kept;
    }

    private int TakeCommand(byte command, Span<byte> bytes, int kept)
    {
        if (is3270 && command == EndOfRecord)
        {
            bytes[kept++] = Command;
            bytes[kept++] = command;
        }
        else if (command == Command && !_isInSubnegotiation)
        {
            bytes[kept++] = command;
        }
        else if (is3270 && command is Subnegotiation or EndOfSubnegotiation)
        {
            _isInSubnegotiation = command == Subnegotiation;
        }

        return kept;
    }
}
