using System.Text.Json.Nodes;

namespace QmpHost.IoTests.Comparing;

/// <summary>What there is in the hosts, as far as the session's own commands made it: so that most arguments name something.</summary>
internal sealed class KnownNames
{
    public List<string> Nodes { get; } = [];

    public List<string> Jobs { get; } = [];

    public List<string> Exports { get; } = [];

    public List<string> Objects { get; } = [];

    public List<string> Devices { get; } = [];

    public List<string> Bitmaps { get; } = [];

    /// <summary>Takes notice of a command that succeeded.</summary>
    public void Learn(string command, JsonObject arguments)
    {
        switch (command)
        {
            case "blockdev-add":
                Add(Nodes, arguments, "node-name");
                LearnChildren(arguments);
                break;
            case "blockdev-del":
                Remove(Nodes, arguments, "node-name");
                break;
            case "block-dirty-bitmap-add":
                Add(Bitmaps, arguments, "name");
                break;
            case "block-export-add":
                Add(Exports, arguments, "id");
                break;
            case "block-export-del":
                Remove(Exports, arguments, "id");
                break;
            case "object-add":
                Add(Objects, arguments, "id");
                break;
            case "object-del":
                Remove(Objects, arguments, "id");
                break;
            case "device_add":
                Add(Devices, arguments, "id");
                break;
            case "job-dismiss" or "block-job-dismiss":
                Remove(Jobs, arguments, "id");
                break;
        }

        Add(Jobs, arguments, "job-id");
        Add(Nodes, arguments, "filter-node-name");
        Add(Nodes, arguments, "snapshot-node-name");
    }

    private void LearnChildren(JsonObject definition)
    {
        foreach (KeyValuePair<string, JsonNode?> member in definition)
        {
            if (member.Value is JsonObject child)
            {
                Add(Nodes, child, "node-name");
                LearnChildren(child);
            }
        }
    }

    private static void Add(List<string> names, JsonObject arguments, string member)
    {
        if (arguments[member] is JsonValue value && value.TryGetValue(out string? name) && !names.Contains(name))
        {
            names.Add(name);
        }
    }

    private static void Remove(List<string> names, JsonObject arguments, string member)
    {
        if (arguments[member] is JsonValue value && value.TryGetValue(out string? name))
        {
            names.Remove(name);
        }
    }
}
