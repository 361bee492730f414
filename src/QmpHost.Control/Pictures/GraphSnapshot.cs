using QmpHost.Block.Graph.Queries;
using QmpHost.Client;
using QmpHost.Hosting;
using QmpHost.Qapi;

namespace QmpHost.Control.Pictures;

/// <summary>What a thing in a graph is.</summary>
public enum VertexKind
{
    /// <summary>A node.</summary>
    Node,

    /// <summary>A device, or another user of a node that is no job and no export.</summary>
    Device,

    /// <summary>A job.</summary>
    Job,

    /// <summary>An export.</summary>
    Export,
}

/// <summary>A thing in a graph.</summary>
/// <param name="Id">Its number in the graph.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Its name.</param>
/// <param name="Details">What else is known of it, a line each: driver, file, bitmaps, progress.</param>
public sealed record GraphVertex(ulong Id, VertexKind Kind, string Name, IReadOnlyList<string> Details);

/// <summary>That one thing uses another.</summary>
/// <param name="Parent">The number of the user.</param>
/// <param name="Child">The number of the node that is used.</param>
/// <param name="Name">What the user calls it.</param>
/// <param name="Used">What the user does with it, in letters as in QEMU's own words: r(ead), w(rite), u(nchanged writes), s(ize).</param>
/// <param name="Shared">What it lets others do, likewise.</param>
public sealed record GraphEdge(ulong Parent, ulong Child, string Name, string Used, string Shared);

/// <summary>The node graph of a host at one moment, with its users.</summary>
/// <param name="Vertices">The things, users before what they use where possible.</param>
/// <param name="Edges">Who uses what.</param>
public sealed record GraphSnapshot(IReadOnlyList<GraphVertex> Vertices, IReadOnlyList<GraphEdge> Edges)
{
    /// <summary>Takes one of a host in this process, between two of its commands.</summary>
    /// <param name="host">The host.</param>
    /// <returns>A task with it.</returns>
    public static Task<GraphSnapshot> TakeAsync(BlockHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return host.InvokeAsync(async () =>
        {
            var layer = host.Services.Layer;
            VersionProfile profile = host.Options.Profile;
            return GraphReading.Read(
                (QDict)BlockGraphQuery.Describe(layer.Graph, layer.Jobs.DescribeInGraph()).ToObject(profile),
                [.. (await BlockDeviceInfoQuery.DescribeAllAsync(layer.Graph, flat: true)).Select(info => (QDict)info.ToObject(profile))],
                [.. layer.Jobs.Jobs.Select(job => (QDict)job.Describe().ToObject(profile))],
                [.. layer.Exports.Query().Select(export => (QDict)export.ToObject(profile))]);
        });
    }

    /// <summary>Takes one over QMP, of QmpHost or of QEMU.</summary>
    /// <param name="client">The client, which has negotiated.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A task with it.</returns>
    public static async Task<GraphSnapshot> TakeAsync(QmpClient client, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        return GraphReading.Read(
            (QDict)await client.ExecuteAsync("x-debug-query-block-graph", cancellationToken: cancellationToken),
            await ListAsync(client, "query-named-block-nodes", cancellationToken),
            await ListAsync(client, "query-jobs", cancellationToken),
            await ListAsync(client, "query-block-exports", cancellationToken));
    }

    private static async Task<IReadOnlyList<QDict>> ListAsync(QmpClient client, string command, CancellationToken cancellationToken)
        => [.. ((QList)await client.ExecuteAsync(command, cancellationToken: cancellationToken)).OfType<QDict>()];
}
