using System.Globalization;
using System.Text.Json;
using QmpHost.Control.Hosts;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;

namespace QmpHost.Control.Rpc;

/// <summary>A call of a method, with its parameters checked against those that the method has.</summary>
internal sealed class ControlCall
{
    private readonly Dictionary<string, JsonElement> _values = new(StringComparer.Ordinal);
    private readonly ControlMethod _method;

    public ControlCall(ControlMethod method, JsonElement parameters, HostPool hosts, ControlConnection connection, CancellationToken cancellationToken)
    {
        _method = method;
        Hosts = hosts;
        Connection = connection;
        CancellationToken = cancellationToken;
        Take(parameters);
        foreach (ControlParameter parameter in method.Parameters.Where(parameter => parameter.IsRequired && !_values.ContainsKey(parameter.Name)))
        {
            throw ControlException.Wrong($"Parameter '{parameter.Name}' is missing.");
        }
    }

    /// <summary>All hosts.</summary>
    public HostPool Hosts { get; }

    /// <summary>Who called.</summary>
    public ControlConnection Connection { get; }

    /// <summary>Cancelled when the caller is gone.</summary>
    public CancellationToken CancellationToken { get; }

    /// <summary>The host that the call is about.</summary>
    public ManagedHost Host => Hosts.Get(OptionalText("host"));

    public bool Has(string name) => _values.ContainsKey(name);

    public string Text(string name) => OptionalText(name) ?? throw ControlException.Wrong($"Parameter '{name}' is missing.");

    public string? OptionalText(string name) => Value(name, JsonValueKind.String, "a string") is { } value ? value.GetString() : null;

    public long Integer(string name) => OptionalInteger(name) ?? throw ControlException.Wrong($"Parameter '{name}' is missing.");

    public long? OptionalInteger(string name) => Value(name, JsonValueKind.Number, "an integer") is { } value
        ? value.TryGetInt64(out long number) ? number : throw ControlException.Wrong($"Parameter '{name}' is to be an integer.")
        : null;

    /// <summary>What decides a choice, the same way each time.</summary>
    public int Seed(string name) => OptionalSeed(name) ?? throw ControlException.Wrong($"Parameter '{name}' is missing.");

    public int? OptionalSeed(string name) => OptionalInteger(name) switch
    {
        null => null,
        >= int.MinValue and <= int.MaxValue and var seed => (int)seed,
        _ => throw ControlException.Wrong($"Parameter '{name}' is out of range."),
    };

    public double? OptionalNumber(string name) => Value(name, JsonValueKind.Number, "a number") is { } value ? value.GetDouble() : null;

    public bool Flag(string name) => _values.TryGetValue(name, out JsonElement value) && value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw ControlException.Wrong($"Parameter '{name}' is to be true or false."),
    };

    public IReadOnlyList<string> Texts(string name) => Value(name, JsonValueKind.Array, "a list of strings") is { } list
        ? [.. list.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String ? item.GetString()! : throw ControlException.Wrong($"Parameter '{name}' is to be a list of strings."))]
        : [];

    public JsonElement? Object(string name) => Value(name, JsonValueKind.Object, "an object");

    public QDict? Dict(string name) => Object(name) is { } value ? (QDict)JsonParser.Parse(value.GetRawText()) : null;

    /// <summary>How long a method that waits does so, in real time.</summary>
    public TimeSpan Patience => Milliseconds(ControlParameter.Timeout.Name) ?? TimeSpan.FromMinutes(1);

    /// <summary>A time in milliseconds.</summary>
    public TimeSpan? Milliseconds(string name) => OptionalNumber(name) is { } number
        ? number is >= 0 and < 1e15 ? TimeSpan.FromMilliseconds(number) : throw ControlException.Wrong($"Parameter '{name}' is out of range.")
        : null;

    private JsonElement? Value(string name, JsonValueKind kind, string words)
    {
        if (!_values.TryGetValue(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return value.ValueKind == kind ? value : throw ControlException.Wrong($"Parameter '{name}' is to be {words}.");
    }

    private void Take(JsonElement parameters)
    {
        switch (parameters.ValueKind)
        {
            case JsonValueKind.Undefined or JsonValueKind.Null:
                break;
            case JsonValueKind.Array when parameters.GetArrayLength() <= _method.Parameters.Count:
                int place = 0;
                foreach (JsonElement value in parameters.EnumerateArray())
                {
                    _values.Add(_method.Parameters[place++].Name, value);
                }

                break;
            case JsonValueKind.Object:
                foreach (JsonProperty member in parameters.EnumerateObject())
                {
                    _values[Known(member.Name)] = member.Value;
                }

                break;
            default:
                throw ControlException.Wrong(string.Create(CultureInfo.InvariantCulture, $"{_method.Name} takes up to {_method.Parameters.Count} parameters."));
        }
    }

    private string Known(string name) => _method.Parameters.Any(parameter => parameter.Name == name)
        ? name
        : throw ControlException.Wrong($"{_method.Name} has no parameter '{name}'; there are {string.Join(", ", _method.Parameters.Select(static parameter => parameter.Name))}.");
}
