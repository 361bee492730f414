using System.Text.Json.Nodes;
using QmpHost.Block;
using QmpHost.Block.Graph;
using QmpHost.Hosting;

namespace QmpHost.Control.Recording;

/// <summary>What there is in a host that clients have made: what a good client has taken away at the end.</summary>
/// <param name="Nodes">Nodes that commands have added.</param>
/// <param name="Bitmaps">Bitmaps with names, as "node/name".</param>
/// <param name="Jobs">Jobs.</param>
/// <param name="Exports">Exports.</param>
public sealed record Leftovers(IReadOnlyList<string> Nodes, IReadOnlyList<string> Bitmaps, IReadOnlyList<string> Jobs, IReadOnlyList<string> Exports)
{
    /// <summary>Whether there is nothing.</summary>
    public bool IsEmpty => Nodes.Count + Bitmaps.Count + Jobs.Count + Exports.Count == 0;

    /// <summary>Looks.</summary>
    /// <param name="host">The host.</param>
    /// <returns>A task with what there is.</returns>
    public static Task<Leftovers> FindAsync(BlockHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return host.InvokeAsync(() => ValueTask.FromResult(Find(host.Services.Layer)));
    }

    /// <summary>What is here and was not there before.</summary>
    /// <param name="before">What was there.</param>
    /// <returns>The rest.</returns>
    public Leftovers Since(Leftovers before)
    {
        ArgumentNullException.ThrowIfNull(before);
        return new(
            [.. Nodes.Except(before.Nodes)], [.. Bitmaps.Except(before.Bitmaps)], [.. Jobs.Except(before.Jobs)], [.. Exports.Except(before.Exports)]);
    }

    /// <summary>Fails if there is anything.</summary>
    /// <exception cref="RecordCheckException">There is.</exception>
    public void ThrowIfAny()
    {
        if (!IsEmpty)
        {
            throw new RecordCheckException($"Left over: {this}");
        }
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join("; ", new (string Kind, IReadOnlyList<string> Names)[]
    {
        ("nodes", Nodes), ("bitmaps", Bitmaps), ("jobs", Jobs), ("exports", Exports),
    }.Where(static part => part.Names.Count > 0).Select(static part => $"{part.Kind} {string.Join(", ", part.Names)}"));

    internal JsonObject ToJson() => new()
    {
        ["nodes"] = List(Nodes),
        ["bitmaps"] = List(Bitmaps),
        ["jobs"] = List(Jobs),
        ["exports"] = List(Exports),
    };

    private static JsonArray List(IReadOnlyList<string> names) => new([.. names.Select(static name => (JsonNode?)name)]);

    private static Leftovers Find(BlockLayer layer) => new(
        [.. layer.Graph.Nodes.Where(static node => node.IsMonitorOwned).Select(static node => node.NodeName)],
        [.. layer.Graph.Nodes.SelectMany(static node => node.Bitmaps.NewestFirst.Where(static bitmap => bitmap.Name is not null).Select(bitmap => $"{node.NodeName}/{bitmap.Name}"))],
        [.. layer.Jobs.Jobs.Select(static job => job.Id)],
        [.. layer.Exports.Exports.Select(static export => export.Id)]);
}
