using System.Text;

namespace QmpHost.Qapi.Json;

/// <summary>Reads one complete text in QEMU's dialect of JSON, such as what follows <c>json:</c> in a filename.</summary>
public static class JsonParser
{
    /// <summary>Reads a text that holds one value.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The value.</returns>
    /// <exception cref="QmpException">The text holds no value, more than one, or a mistake; the message is QEMU's.</exception>
    public static QObject Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Parse(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Reads a text that holds one value.</summary>
    /// <param name="utf8Text">The text.</param>
    /// <returns>The value.</returns>
    /// <exception cref="QmpException">The text holds no value, more than one, or a mistake; the message is QEMU's.</exception>
    public static QObject Parse(ReadOnlySpan<byte> utf8Text)
    {
        var parser = new JsonStreamParser();
        JsonReadStatus first = Next(parser, ref utf8Text);
        if (first == JsonReadStatus.NeedMore)
        {
            throw new QmpException("Expecting a JSON value");
        }

        if (first == JsonReadStatus.Error)
        {
            throw new QmpException(parser.Error!);
        }

        QObject value = parser.Value!;
        return Next(parser, ref utf8Text) == JsonReadStatus.NeedMore ? value : throw new QmpException("Expecting at most one JSON value");
    }

    private static JsonReadStatus Next(JsonStreamParser parser, ref ReadOnlySpan<byte> rest)
    {
        JsonReadStatus status = parser.Read(rest, out int consumed);
        rest = rest[consumed..];
        return status == JsonReadStatus.NeedMore ? parser.End() : status;
    }
}
