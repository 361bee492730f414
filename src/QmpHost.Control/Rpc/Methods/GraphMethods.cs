using System.Text.Json.Nodes;
using QmpHost.Block.Bitmaps;
using QmpHost.Control.Hosts;
using QmpHost.Control.Pictures;

namespace QmpHost.Control.Rpc.Methods;

/// <summary>The picture of the node graph, and what its bitmaps hold.</summary>
internal static class GraphMethods
{
    private const int MostAreas = 4096;

    public static IReadOnlyList<ControlMethod> All { get; } =
    [
        new("graph.get", "Draws the node graph with its users, permissions, bitmaps, jobs and exports.",
            [ControlParameter.Host, new("format", "string", "text (the default), dot, mermaid or svg.")], "The picture as text.",
            static async call => GraphPicture.Draw(await GraphSnapshot.TakeAsync(call.Host.Host), call.OptionalText("format") ?? "text")),
        new("graph.bitmaps", "Tells what the bitmaps of all nodes hold, anonymous ones included.", [ControlParameter.Host],
            $"Bitmaps with node, name, size, granularity, count and areas: pairs of start and length in bytes, the first {MostAreas} of each.",
            static call => ListAsync(call.Host)),
    ];

    private static Task<JsonNode?> ListAsync(ManagedHost host) => host.Host.InvokeAsync(() => ValueTask.FromResult<JsonNode?>(new JsonArray(
    [
        .. host.Host.Services.Layer.Graph.Nodes.SelectMany(static node => node.Bitmaps.NewestFirst.Select(bitmap => (JsonNode)Describe(node.NodeName, bitmap))),
    ])));

    private static JsonObject Describe(string node, DirtyBitmap bitmap)
    {
        var areas = new JsonArray();
        for (long at = 0; areas.Count < MostAreas && bitmap.Bits.TryNextDirtyArea(at, bitmap.Size, long.MaxValue, out DirtyArea area); at = area.Offset + area.Bytes)
        {
            areas.Add((JsonNode)new JsonArray(area.Offset, area.Bytes));
        }

        return new JsonObject
        {
            ["node"] = node,
            ["name"] = bitmap.Name,
            ["size"] = bitmap.Size,
            ["granularity"] = bitmap.Granularity,
            ["count"] = bitmap.Count,
            ["areas"] = areas,
        };
    }
}
