using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;

namespace QmpHost.Client;

/// <summary>Between the values of QMP and those of System.Text.Json.</summary>
public static class QmpJson
{
    /// <summary>A value as System.Text.Json knows it.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The same value.</returns>
    public static JsonElement ToElement(QObject value)
    {
        ArgumentNullException.ThrowIfNull(value);
        using JsonDocument document = JsonDocument.Parse(Encoding.UTF8.GetBytes(value.ToString()), new JsonDocumentOptions { MaxDepth = 1024 });
        return document.RootElement.Clone();
    }

    /// <summary>An object as QMP knows it.</summary>
    /// <param name="value">The object; null for none.</param>
    /// <returns>The same object, or null.</returns>
    public static QDict? ToDict(JsonObject? value) => value is null ? null : (QDict)ToObject(value);

    /// <summary>A value as QMP knows it.</summary>
    /// <param name="value">The value; null is a value, too.</param>
    /// <returns>The same value.</returns>
    public static QObject ToObject(JsonNode? value)
    {
        if (value is null)
        {
            return QNull.Instance;
        }

        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            value.WriteTo(writer);
        }

        return JsonParser.Parse(buffer.WrittenSpan);
    }
}
