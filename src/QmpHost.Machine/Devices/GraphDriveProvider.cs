using QmpHost.Block.Graph;

namespace QmpHost.Machine.Devices;

/// <summary>Drives that are backends of a node graph.</summary>
public sealed class GraphDriveProvider : IDriveProvider
{
    private readonly BlockGraph _graph;

    /// <summary>Makes the provider of a graph.</summary>
    /// <param name="graph">The graph.</param>
    public GraphDriveProvider(BlockGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        _graph = graph;
    }

    /// <inheritdoc/>
    public IDrive? TryOpen(string name, IBackendDevice device)
        => _graph.FindBackend(name) is { } backend ? new GraphDrive(_graph, device, backend)
            : _graph.FindNode(name) is { } node ? new GraphDrive(_graph, device, node)
            : null;

    /// <inheritdoc/>
    public IDrive OpenEmpty(IBackendDevice device) => new GraphDrive(_graph, device, (BlockNode?)null);
}
