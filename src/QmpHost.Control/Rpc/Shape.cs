using System.Text.Json;
using System.Text.Json.Nodes;

namespace QmpHost.Control.Rpc;

/// <summary>An object that methods take: what its members are, how they are read and how they are documented, in one table.</summary>
/// <typeparam name="T">What is made of it.</typeparam>
internal sealed class Shape<T>(string name, string summary, params ShapeField<T>[] fields) : IShape
    where T : new()
{
    public string Name => name;

    /// <summary>Reads a value.</summary>
    /// <exception cref="ControlException">A member is unknown, or its value is not what it is to be.</exception>
    public T Read(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw ControlException.Wrong($"'{name}' is to be an object.");
        }

        T result = new();
        foreach (JsonProperty member in value.EnumerateObject())
        {
            ShapeField<T> field = Array.Find(fields, field => field.Name == member.Name)
                ?? throw ControlException.Wrong($"'{name}' has no member '{member.Name}'; there are {string.Join(", ", fields.Select(static field => field.Name))}.");
            try
            {
                result = field.Set(result, member.Value);
            }
            catch (Exception e) when (e is InvalidOperationException or FormatException or ArgumentException or Qapi.QmpException)
            {
                throw ControlException.Wrong($"Member '{member.Name}' of '{name}' is to be {field.Words}.");
            }
        }

        return result;
    }

    public JsonObject Schema()
    {
        var properties = new JsonObject();
        foreach (ShapeField<T> field in fields)
        {
            properties.Add(field.Name, OpenRpc.Schema(field.Type, field.Summary));
        }

        return new JsonObject
        {
            ["type"] = "object",
            ["description"] = summary,
            ["additionalProperties"] = false,
            ["properties"] = properties,
        };
    }
}

/// <summary>A shape, for the documentation.</summary>
internal interface IShape
{
    /// <summary>Its name.</summary>
    string Name { get; }

    /// <summary>Its description as a JSON schema.</summary>
    JsonObject Schema();
}

/// <summary>A member of a shape.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type in JSON Schema's words, or the name of a shape.</param>
/// <param name="Summary">What it says.</param>
/// <param name="Set">Puts its value into what is made.</param>
internal sealed record ShapeField<T>(string Name, string Type, string Summary, Func<T, JsonElement, T> Set)
{
    /// <summary>What its value is to be.</summary>
    public string Words => Type switch
    {
        "integer" or "array" or "object" => "an " + Type,
        _ => "a " + Type,
    };
}
