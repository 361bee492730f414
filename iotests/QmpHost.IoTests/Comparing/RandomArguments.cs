using System.Text.Json;
using System.Text.Json.Nodes;

namespace QmpHost.IoTests.Comparing;

/// <summary>Random arguments that fit the schema; what they name exists most of the time.</summary>
internal sealed class RandomArguments(WireSchema schema, ArgumentHints hints, Random random)
{
    private const int DeepestNesting = 4;

    private static readonly string[] NeverOptional = ["dirty-bitmap-to-merge"];

    public JsonObject For(string command) => Object(command, schema.Arguments(command), 0);

    private JsonObject Object(string command, JsonElement type, int depth)
    {
        var result = new JsonObject();
        List<JsonElement> members = [.. WireSchema.List(type, "members")];
        string? tag = type.TryGetProperty("tag", out JsonElement t) ? t.GetString() : null;
        if (tag is not null)
        {
            JsonElement member = members.Single(m => Name(m) == tag);
            result[tag] = Value(command, tag, member.GetProperty("type").GetString()!, result, depth);
            JsonElement variant = WireSchema.List(type, "variants").FirstOrDefault(v => v.GetProperty("case").GetString() == result[tag]!.GetValue<string>());
            if (variant.ValueKind == JsonValueKind.Object)
            {
                members.AddRange(WireSchema.List(schema[variant.GetProperty("type").GetString()!], "members"));
            }
        }

        double chance = Math.Min(0.35, 1.5 / Math.Max(1, members.Count(static m => m.TryGetProperty("default", out _))));
        foreach (JsonElement member in members.Where(m => Name(m) != tag))
        {
            bool optional = member.TryGetProperty("default", out _);
            if (!optional || IsUsual(command, Name(member), depth) || (hints.Chance(chance) && !NeverOptional.Contains(Name(member))))
            {
                result[Name(member)] = Value(command, Name(member), member.GetProperty("type").GetString()!, result, depth + 1);
            }
        }

        return result;
    }

    // Without these, most commands of a session would say the same.
    private bool IsUsual(string command, string member, int depth) => (command, member) switch
    {
        ("blockdev-add", "node-name") => depth == 0 && hints.Chance(0.97),
        (_, "job-id") => hints.Chance(0.95),
        ("block_resize", "node-name") => hints.Chance(0.8),
        ("nbd-server-add", "name") => hints.Chance(0.6),
        _ => false,
    };

    private JsonNode Value(string command, string member, string typeName, JsonObject inside, int depth)
    {
        switch (typeName)
        {
            case "str":
                return hints.Text(command, member, inside);
            case "int":
                return hints.Integer(member);
            case "bool":
                return hints.Chance(0.5);
            case "number":
                return 1.5;
            case "null":
                return JsonValue.Create((string?)null)!;
            case "any":
                return hints.Chance(0.5) ? 1 : "text";
        }

        JsonElement type = schema[typeName];
        return WireSchema.MetaType(type) switch
        {
            "enum" => hints.Value(member, [.. WireSchema.List(type, "values").Select(static v => v.GetString()!)], command),
            "array" => List(command, member, type, inside, depth),
            "alternate" => Alternative(command, member, type, inside, depth),
            _ => Object(command, type, depth),
        };
    }

    private JsonArray List(string command, string member, JsonElement type, JsonObject inside, int depth)
    {
        var list = new JsonArray();
        int count = depth > DeepestNesting ? 0 : random.Next(1, 3);
        for (int i = 0; i < count; i++)
        {
            list.Add(Value(command, member, type.GetProperty("element-type").GetString()!, inside, depth + 1));
        }

        return list;
    }

    // An alternate of a name and an object with a driver refers to a node.
    private JsonNode Alternative(string command, string member, JsonElement type, JsonObject inside, int depth)
    {
        List<string> types = [.. WireSchema.List(type, "members").Select(static m => m.GetProperty("type").GetString()!)];
        string? definition = types.Find(t => t.All(char.IsDigit) && schema[t].TryGetProperty("tag", out JsonElement tag) && tag.GetString() == "driver");
        if (definition is not null && types.Contains("str"))
        {
            if (hints.Chance(0.45))
            {
                return hints.Node();
            }

            string? driver = inside["driver"]?.GetValue<string>();
            return depth > DeepestNesting || hints.Chance(0.85)
                ? hints.File(driver is "throttle" or "copy-on-read" or "compress" or "preallocate" or "copy-before-write" or null ? null : driver)
                : Object(command, schema[definition], depth);
        }

        return Value(command, member, types[random.Next(types.Count)], inside, depth + 1);
    }

    private static string Name(JsonElement member) => member.GetProperty("name").GetString()!;
}
