using System.Net.Sockets;
using System.Text;

namespace QmpHost.Benchmarks.SideBySide;

/// <summary>A monitor connection that costs next to nothing itself: bytes out, lines in.</summary>
internal sealed class RawQmpConnection(Socket socket) : IDisposable
{
    private readonly byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;

    /// <summary>Sends text as it is.</summary>
    /// <param name="text">The text.</param>
    public void Send(string text) => Send(Encoding.UTF8.GetBytes(text));

    /// <summary>Sends bytes as they are.</summary>
    /// <param name="bytes">The bytes.</param>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[socket.Send(bytes)..];
        }
    }

    /// <summary>Sends a command and reads up to its reply, past events.</summary>
    /// <param name="command">The command as JSON.</param>
    /// <returns>The reply.</returns>
    public string Execute(string command)
    {
        Send(command);
        while (true)
        {
            string line = ReadLine();
            if (line.Contains("\"error\"", StringComparison.Ordinal))
            {
                throw new InvalidOperationException($"{command} gave {line}");
            }

            if (!line.Contains("\"event\": \"", StringComparison.Ordinal) || line.Contains("\"return\"", StringComparison.Ordinal))
            {
                return line;
            }
        }
    }

    /// <summary>Reads lines up to one that holds a text.</summary>
    /// <param name="text">The text.</param>
    public void ReadUntil(string text)
    {
        while (!ReadLine().Contains(text, StringComparison.Ordinal))
        {
        }
    }

    /// <summary>Reads a number of lines and throws them away.</summary>
    /// <param name="count">How many.</param>
    public void SkipLines(int count)
    {
        while (count > 0)
        {
            int end = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (end < 0)
            {
                _start = _end = 0;
                Fill();
                continue;
            }

            _start += end + 1;
            count--;
        }
    }

    /// <summary>Reads a line.</summary>
    /// <returns>The line without its end.</returns>
    public string ReadLine()
    {
        var line = new MemoryStream();
        while (true)
        {
            Span<byte> available = _buffer.AsSpan(_start, _end - _start);
            int end = available.IndexOf((byte)'\n');
            if (end >= 0)
            {
                line.Write(available[..end]);
                _start += end + 1;
                return Encoding.UTF8.GetString(line.ToArray()).TrimEnd('\r');
            }

            line.Write(available);
            _start = _end = 0;
            Fill();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => socket.Dispose();

    private void Fill()
    {
        int count = socket.Receive(_buffer, _end, _buffer.Length - _end, SocketFlags.None);
        _end += count > 0 ? count : throw new EndOfStreamException("The daemon closed its monitor.");
    }
}
