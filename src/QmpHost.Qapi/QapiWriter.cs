using System.Buffers;

namespace QmpHost.Qapi;

/// <summary>Writes JSON as QEMU does: separators <c>", "</c> and <c>": "</c>, everything outside printable ASCII escaped, optionally indented by four spaces.</summary>
/// <remarks>
/// The writer keeps text in a buffer of its own and hands it on when it is full and at <see cref="Flush"/>.
/// It does not check that calls are well nested. Not thread safe.
/// </remarks>
public sealed class QapiWriter
{
    private const int BufferSize = 4096;
    private const int IndentWidth = 4;

    // A chunk always fits into the buffer, so that a long string does not make it grow.
    private const int TextChunk = BufferSize / JsonText.LongestEscape;

    private readonly IBufferWriter<byte> _output;
    private readonly bool _pretty;
    private byte[] _buffer = new byte[BufferSize];
    private int _used;
    private int _depth;
    private bool _needsComma;
    private bool _afterName;

    /// <summary>Makes a writer.</summary>
    /// <param name="output">Where the text goes.</param>
    /// <param name="pretty">Whether to write each member and element on a line of its own.</param>
    public QapiWriter(IBufferWriter<byte> output, bool pretty = false)
    {
        _output = output;
        _pretty = pretty;
    }

    /// <summary>Starts an object.</summary>
    public void BeginObject() => Begin((byte)'{');

    /// <summary>Ends an object.</summary>
    public void EndObject() => End((byte)'}');

    /// <summary>Starts a list.</summary>
    public void BeginList() => Begin((byte)'[');

    /// <summary>Ends a list.</summary>
    public void EndList() => End((byte)']');

    /// <summary>Writes a member's name, of a name known at build time.</summary>
    /// <param name="token">The name in quotes, followed by a colon and a space, for example <c>"id": </c>.</param>
    public void WriteNameToken(ReadOnlySpan<byte> token)
    {
        Separate();
        WriteRaw(token);
        _afterName = true;
    }

    /// <summary>Writes a member's name.</summary>
    /// <param name="name">The name.</param>
    public void WriteName(string name)
    {
        Separate();
        WriteQuoted(name);
        WriteRaw(": "u8);
        _afterName = true;
    }

    /// <summary>Writes a string.</summary>
    /// <param name="value">The text.</param>
    public void WriteString(string value)
    {
        BeforeValue();
        WriteQuoted(value);
    }

    /// <summary>Writes a string that needs no escaping and is known at build time.</summary>
    /// <param name="token">The text in quotes.</param>
    public void WriteStringToken(ReadOnlySpan<byte> token)
    {
        BeforeValue();
        WriteRaw(token);
    }

    /// <summary>Writes a signed integer.</summary>
    /// <param name="value">The value.</param>
    public void WriteInteger(long value)
    {
        BeforeValue();
        Span<byte> span = Reserve(JsonText.LongestNumber);
        _used += JsonText.Format(value, span);
    }

    /// <summary>Writes an unsigned integer.</summary>
    /// <param name="value">The value.</param>
    public void WriteUnsigned(ulong value)
    {
        BeforeValue();
        Span<byte> span = Reserve(JsonText.LongestNumber);
        _used += JsonText.Format(value, span);
    }

    /// <summary>Writes a floating point number with 17 significant digits.</summary>
    /// <param name="value">The value.</param>
    public void WriteNumber(double value)
    {
        BeforeValue();
        Span<byte> span = Reserve(JsonText.LongestNumber);
        _used += JsonText.Format(value, span);
    }

    /// <summary>Writes <c>true</c> or <c>false</c>.</summary>
    /// <param name="value">The value.</param>
    public void WriteBool(bool value) => WriteStringToken(value ? "true"u8 : "false"u8);

    /// <summary>Writes <c>null</c>.</summary>
    public void WriteNull() => WriteStringToken("null"u8);

    /// <summary>Writes an untyped value, the members of objects in wire order.</summary>
    /// <param name="value">The value.</param>
    public void WriteObject(QObject value)
    {
        switch (value)
        {
            case QDict dict:
                WriteDict(dict);
                break;
            case QList list:
                WriteList(list);
                break;
            case QString text:
                WriteString(text.Value);
                break;
            case QBool truth:
                WriteBool(truth.Value);
                break;
            case QNum number:
                WriteNum(number);
                break;
            default:
                WriteNull();
                break;
        }
    }

    /// <summary>Ends a message as every message ends, with a carriage return and a line feed; the next value starts a new message.</summary>
    public void EndMessage()
    {
        WriteRaw("\r\n"u8);
        _needsComma = false;
    }

    /// <summary>Hands on what was written so far.</summary>
    public void Flush()
    {
        if (_used > 0)
        {
            _output.Write(_buffer.AsSpan(0, _used));
            _used = 0;
        }
    }

    private void WriteDict(QDict dict)
    {
        BeginObject();
        ReadOnlySpan<KeyValuePair<string, QObject>> members = dict.Members;
        Span<long> order = members.Length <= 32 ? stackalloc long[members.Length] : new long[members.Length];
        WireOrder.Sort(members, order);
        foreach (long at in order)
        {
            WriteName(members[(int)at].Key);
            WriteObject(members[(int)at].Value);
        }

        EndObject();
    }

    private void WriteList(QList list)
    {
        BeginList();
        foreach (QObject item in list)
        {
            WriteObject(item);
        }

        EndList();
    }

    private void WriteNum(QNum number)
    {
        if (number.TryGetInt64(out long signed))
        {
            WriteInteger(signed);
        }
        else if (number.TryGetUInt64(out ulong unsigned))
        {
            WriteUnsigned(unsigned);
        }
        else
        {
            WriteNumber(number.AsDouble);
        }
    }

    private void Begin(byte bracket)
    {
        BeforeValue();
        Reserve(1)[0] = bracket;
        _used++;
        _depth++;
        _needsComma = false;
    }

    private void End(byte bracket)
    {
        _depth--;
        if (_pretty)
        {
            NewLine();
        }

        Reserve(1)[0] = bracket;
        _used++;
        _needsComma = true;
    }

    private void BeforeValue()
    {
        if (!_afterName)
        {
            Separate();
        }

        _afterName = false;
        _needsComma = true;
    }

    private void Separate()
    {
        if (_pretty)
        {
            if (_needsComma)
            {
                WriteRaw(","u8);
            }

            if (_depth > 0)
            {
                NewLine();
            }
        }
        else if (_needsComma)
        {
            WriteRaw(", "u8);
        }
    }

    private void NewLine()
    {
        int length = 1 + (_depth * IndentWidth);
        Span<byte> span = Reserve(length)[..length];
        span.Fill((byte)' ');
        span[0] = (byte)'\n';
        _used += length;
    }

    private void WriteQuoted(string text)
    {
        WriteRaw("\""u8);
        for (int at = 0, length; at < text.Length; at += length)
        {
            length = Math.Min(TextChunk, text.Length - at);
            if (length < text.Length - at && char.IsHighSurrogate(text[at + length - 1]))
            {
                length--;
            }

            ReadOnlySpan<char> chunk = text.AsSpan(at, length);
            Span<byte> span = Reserve(chunk.Length * JsonText.LongestEscape);
            _used += JsonText.Escape(chunk, span);
        }

        WriteRaw("\""u8);
    }

    private void WriteRaw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        _used += bytes.Length;
    }

    private Span<byte> Reserve(int size)
    {
        if (_buffer.Length - _used < size)
        {
            Flush();
            if (_buffer.Length < size)
            {
                _buffer = new byte[size];
            }
        }

        return _buffer.AsSpan(_used);
    }
}
