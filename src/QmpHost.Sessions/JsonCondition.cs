using System.Text.Json;

namespace QmpHost.Sessions;

/// <summary>A condition <c>path=value</c> on a JSON value; the path's parts are separated by dots.</summary>
/// <remarks>A part is a member's name, an index, or <c>length</c> of an array. Strings compare without quotes.</remarks>
public sealed class JsonCondition
{
    private readonly string[] _path;
    private readonly string _value;

    private JsonCondition(string[] path, string value)
    {
        _path = path;
        _value = value;
    }

    /// <summary>Parses <c>path=value</c>.</summary>
    /// <exception cref="SessionException">There is no <c>=</c>.</exception>
    public static JsonCondition Parse(string text, int line)
    {
        ArgumentNullException.ThrowIfNull(text);
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals > 0
            ? new JsonCondition(text[..equals].Split('.'), text[(equals + 1)..])
            : throw new SessionException($"line {line}: '{text}' is not of the form path=value");
    }

    /// <summary>Whether the value at the path exists and equals the expected text.</summary>
    public bool Holds(JsonElement root)
    {
        JsonElement value = root;
        foreach (string part in _path)
        {
            if (part == "length" && value.ValueKind == JsonValueKind.Array)
            {
                return value.GetArrayLength().ToString(System.Globalization.CultureInfo.InvariantCulture) == _value;
            }

            if (!TryStep(ref value, part))
            {
                return false;
            }
        }

        return value.ToString() == _value || value.GetRawText() == _value;
    }

    private static bool TryStep(ref JsonElement value, string part)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            return value.TryGetProperty(part, out value);
        }

        if (value.ValueKind != JsonValueKind.Array || !int.TryParse(part, out int index) || index >= value.GetArrayLength())
        {
            return false;
        }

        value = value[index];
        return true;
    }
}
