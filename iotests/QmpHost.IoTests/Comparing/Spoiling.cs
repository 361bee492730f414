using System.Text.Json.Nodes;

namespace QmpHost.IoTests.Comparing;

/// <summary>Damages arguments in one place: a member too few or too many, a value of another type or out of range.</summary>
internal static class Spoiling
{
    public static void Spoil(JsonObject arguments, Random random)
    {
        JsonObject place = arguments;
        while (random.Next(2) == 0 && place.Select(static m => m.Value).OfType<JsonObject>().FirstOrDefault() is { } inner)
        {
            place = inner;
        }

        if (place.Count == 0 || random.Next(5) == 0)
        {
            place["unknown"] = random.Next(2) == 0 ? 1 : "text";
            return;
        }

        string member = place.ElementAt(random.Next(place.Count)).Key;
        if (random.Next(3) == 0)
        {
            place.Remove(member);
            return;
        }

        place[member] = random.Next(8) switch
        {
            0 => 1,
            1 => -1,
            2 => "no such value",
            3 => string.Empty,
            4 => true,
            5 => new JsonArray("text"),
            6 => new JsonObject { ["key"] = "value" },
            _ => long.MaxValue,
        };
    }
}
