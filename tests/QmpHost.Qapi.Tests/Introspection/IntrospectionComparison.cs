using System.Text.Json;

namespace QmpHost.Qapi.Tests.Introspection;

/// <summary>Compares two introspection lists, following types instead of their names.</summary>
internal sealed class IntrospectionComparison(JsonElement own, JsonElement recorded)
{
    private readonly Dictionary<string, JsonElement> _own = Index(own);
    private readonly Dictionary<string, JsonElement> _recorded = Index(recorded);
    private readonly HashSet<(string Own, string Recorded)> _compared = [];

    /// <summary>What is listed in one way here and in another there.</summary>
    public List<string> Differences { get; } = [];

    /// <summary>Members, values and variants that only the recorded list has.</summary>
    public List<string> Omissions { get; } = [];

    public void Compare()
    {
        foreach (JsonElement entry in _own.Values.Where(e => Text(e, "meta-type") is "command" or "event"))
        {
            string name = Text(entry, "name")!;
            if (_recorded.TryGetValue(name, out JsonElement other))
            {
                CompareEntry(name, entry, other);
            }
            else
            {
                Differences.Add($"{name}: QEMU has no such command or event");
            }
        }
    }

    private static Dictionary<string, JsonElement> Index(JsonElement list) => list.EnumerateArray().ToDictionary(e => Text(e, "name")!);

    private static string? Text(JsonElement entry, string member) => entry.TryGetProperty(member, out JsonElement value) ? value.ToString() : null;

    private static JsonElement[] Items(JsonElement entry, string member) =>
        entry.TryGetProperty(member, out JsonElement value) ? value.EnumerateArray().ToArray() : [];

    private void CompareTypes(string path, string? ownName, string? recordedName)
    {
        if (ownName is null || recordedName is null || char.IsLetter(ownName[0]) || char.IsLetter(recordedName[0]))
        {
            CompareText(path, "type", ownName, recordedName);
        }
        else if (_compared.Add((ownName, recordedName)))
        {
            CompareEntry(path, _own[ownName], _recorded[recordedName]);
        }
    }

    private void CompareEntry(string path, JsonElement entry, JsonElement other)
    {
        foreach (string member in new[] { "meta-type", "features", "allow-oob", "tag", "json-type" })
        {
            CompareText(path, member, Text(entry, member), Text(other, member));
        }

        CompareOrder(path, entry, other);
        foreach (string member in new[] { "arg-type", "ret-type", "element-type" }.Where(m => Text(entry, m) is not null))
        {
            CompareTypes(path + (member == "ret-type" ? "()" : string.Empty), Text(entry, member), Text(other, member));
        }

        CompareItems(path, ".", "name", Items(entry, "members"), Items(other, "members"), Text(entry, "meta-type") == "alternate");
        CompareItems(path, "=", "case", Items(entry, "variants"), Items(other, "variants"), false);
        if (Items(entry, "values").Length != Items(entry, "members").Length && Text(entry, "meta-type") == "enum")
        {
            Differences.Add($"{path}: values and members differ");
        }
    }

    private void CompareItems(string path, string separator, string key, JsonElement[] items, JsonElement[] others, bool byPosition)
    {
        if (byPosition)
        {
            CompareText(path, "number of alternatives", $"{items.Length}", $"{others.Length}");
            foreach ((JsonElement item, JsonElement other) in items.Zip(others))
            {
                CompareTypes(path, Text(item, "type"), Text(other, "type"));
            }

            return;
        }

        string?[] names = items.Select(i => Text(i, key)).ToArray();
        string?[] otherNames = others.Select(i => Text(i, key)).ToArray();
        Omissions.AddRange(otherNames.Except(names).Select(n => path + separator + n));
        if (!names.SequenceEqual(otherNames.Where(names.Contains)))
        {
            Differences.Add($"{path}: {string.Join(' ', names)} are not in the order {string.Join(' ', otherNames)}");
            return;
        }

        foreach (JsonElement item in items)
        {
            JsonElement other = others.Single(o => Text(o, key) == Text(item, key));
            string itemPath = path + separator + Text(item, key);
            CompareText(itemPath, "features", Text(item, "features"), Text(other, "features"));
            CompareText(itemPath, "presence of default", $"{item.TryGetProperty("default", out _)}", $"{other.TryGetProperty("default", out _)}");
            CompareOrder(itemPath, item, other);
            CompareTypes(itemPath, Text(item, "type"), Text(other, "type"));
        }
    }

    private void CompareOrder(string path, JsonElement entry, JsonElement other) => CompareText(
        path,
        "order of keys",
        string.Join(' ', entry.EnumerateObject().Select(p => p.Name)),
        string.Join(' ', other.EnumerateObject().Select(p => p.Name)));

    private void CompareText(string path, string what, string? text, string? other)
    {
        if (text != other)
        {
            Differences.Add($"{path}: {what} is {text ?? "absent"}, QEMU has {other ?? "none"}");
        }
    }
}
