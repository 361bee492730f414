using System.Buffers;
using QmpHost.Qapi.Json;

namespace QmpHost.Qapi;

/// <summary>From typed values to untyped ones.</summary>
public static class QapiWritableExtensions
{
    /// <summary>The value as a tree, with the members that a client would see.</summary>
    /// <param name="value">A value of a generated type.</param>
    /// <param name="profile">The release whose members are shown.</param>
    /// <returns>The tree; members stand in wire order.</returns>
    public static QObject ToObject(this IQapiWritable value, VersionProfile profile)
    {
        ArgumentNullException.ThrowIfNull(value);
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new QapiWriter(buffer);
        value.WriteTo(writer, profile);
        writer.Flush();
        return JsonParser.Parse(buffer.WrittenSpan);
    }
}
