using System.Text.Json;

namespace QmpHost.IoTests.Comparing;

/// <summary>The answer to <c>query-qmp-schema</c> by name.</summary>
internal sealed class WireSchema
{
    private readonly Dictionary<string, JsonElement> _entries;

    public WireSchema(JsonElement list)
    {
        _entries = list.EnumerateArray().ToDictionary(static entry => entry.GetProperty("name").GetString()!);
    }

    /// <summary>Names of all commands, sorted.</summary>
    public IEnumerable<string> Commands => _entries.Where(static e => MetaType(e.Value) == "command").Select(static e => e.Key).Order(StringComparer.Ordinal);

    public JsonElement this[string name] => _entries[name];

    /// <summary>The type of a command's arguments.</summary>
    public JsonElement Arguments(string command) => _entries[_entries[command].GetProperty("arg-type").GetString()!];

    public static string MetaType(JsonElement entry) => entry.GetProperty("meta-type").GetString()!;

    public static IEnumerable<JsonElement> List(JsonElement entry, string member) =>
        entry.TryGetProperty(member, out JsonElement list) ? list.EnumerateArray() : [];
}
