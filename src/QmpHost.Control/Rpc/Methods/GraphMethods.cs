using System.Text.Json.Nodes;
using QmpHost.Control.Pictures;

namespace QmpHost.Control.Rpc.Methods;

/// <summary>The picture of the node graph.</summary>
internal static class GraphMethods
{
    public static IReadOnlyList<ControlMethod> All { get; } =
    [
        new("graph.get", "Draws the node graph with its users, permissions, bitmaps, jobs and exports.",
            [ControlParameter.Host, new("format", "string", "text (the default), dot, mermaid or svg.")], "The picture as text.",
            static async call => GraphPicture.Draw(await GraphSnapshot.TakeAsync(call.Host.Host), call.OptionalText("format") ?? "text")),
    ];
}
