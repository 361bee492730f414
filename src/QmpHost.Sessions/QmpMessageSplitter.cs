using System.Buffers;

namespace QmpHost.Sessions;

/// <summary>
/// Cuts a monitor's output into messages without changing a byte: a message ends at the first line end outside of
/// every bracket and string, so that the output of a <c>pretty=on</c> monitor stays together.
/// </summary>
public sealed class QmpMessageSplitter
{
    private readonly ArrayBufferWriter<byte> _current = new();
    private int _depth;
    private bool _inString;
    private bool _escaped;

    /// <summary>Bytes of a message that has not ended yet.</summary>
    public ReadOnlyMemory<byte> Pending => _current.WrittenMemory;

    /// <summary>Takes the next bytes and returns the messages that they complete, each with its line end.</summary>
    public IReadOnlyList<byte[]> Push(ReadOnlySpan<byte> bytes)
    {
        var complete = new List<byte[]>();
        foreach (byte b in bytes)
        {
            _current.Write([b]);
            if (Ends(b))
            {
                complete.Add(_current.WrittenSpan.ToArray());
                _current.ResetWrittenCount();
            }
        }

        return complete;
    }

    private bool Ends(byte b)
    {
        if (_inString)
        {
            _inString = _escaped || b != (byte)'"';
            _escaped = !_escaped && b == (byte)'\\';
            return false;
        }

        switch (b)
        {
            case (byte)'"':
                _inString = true;
                return false;
            case (byte)'{' or (byte)'[':
                _depth++;
                return false;
            case (byte)'}' or (byte)']':
                _depth--;
                return false;
            default:
                return b == (byte)'\n' && _depth == 0;
        }
    }
}
