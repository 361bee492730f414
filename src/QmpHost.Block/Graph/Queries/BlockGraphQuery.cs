using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Queries;

/// <summary>The whole graph as x-debug-query-block-graph draws it: backends, jobs and nodes, with numbers in the order in which they are met.</summary>
/// <remarks>Used on the host's event loop only.</remarks>
public sealed class BlockGraphQuery
{
    private readonly Dictionary<object, ulong> _ids = new(ReferenceEqualityComparer.Instance);
    private readonly List<XDbgBlockGraphNode> _nodes = [];
    private readonly List<XDbgBlockGraphEdge> _edges = [];

    private BlockGraphQuery()
    {
    }

    /// <summary>Draws a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="jobs">The jobs that hold nodes of it, newest first.</param>
    /// <returns>The drawing, latest first.</returns>
    public static XDbgBlockGraph Describe(BlockGraph graph, IEnumerable<JobInGraph> jobs)
    {
        var query = new BlockGraphQuery();
        foreach (BlockBackend backend in graph.AllBackends)
        {
            string name = backend.Name.Length > 0 ? backend.Name : backend.Device?.IdOrPath ?? string.Empty;
            query.AddNode(backend, XDbgBlockGraphNodeType.BlockBackend, name);
            query.AddEdges(backend, backend.Root is { } root ? [root] : []);
        }

        foreach (JobInGraph job in jobs)
        {
            query.AddNode(job, XDbgBlockGraphNodeType.BlockJob, job.Id);
            query.AddEdges(job, job.Nodes);
        }

        foreach (BlockNode node in graph.OpenNodes)
        {
            query.AddNode(node, XDbgBlockGraphNodeType.BlockDriver, node.NodeName);
            query.AddEdges(node, node.Children.Reverse());
        }

        query._nodes.Reverse();
        query._edges.Reverse();
        return new XDbgBlockGraph { Nodes = query._nodes, Edges = query._edges };
    }

    private static BlockPermission[] ToList(BlockPermissions permissions)
    {
        // Latest first here too.
        (BlockPermissions Flag, BlockPermission Value)[] known =
        [
            (BlockPermissions.Resize, BlockPermission.Resize),
            (BlockPermissions.WriteUnchanged, BlockPermission.WriteUnchanged),
            (BlockPermissions.Write, BlockPermission.Write),
            (BlockPermissions.ConsistentRead, BlockPermission.ConsistentRead),
        ];
        return [.. known.Where(one => permissions.HasFlag(one.Flag)).Select(one => one.Value)];
    }

    private void AddNode(object owner, XDbgBlockGraphNodeType type, string name)
        => _nodes.Add(new XDbgBlockGraphNode { Id = IdOf(owner), Type = type, Name = name });

    private void AddEdges(object parent, IEnumerable<BlockChild> children)
    {
        foreach (BlockChild child in children)
        {
            _edges.Add(new XDbgBlockGraphEdge
            {
                Parent = IdOf(parent),
                Child = IdOf(child.Node),
                Name = child.Name,
                Perm = ToList(child.Used),
                SharedPerm = ToList(child.Shared),
            });
        }
    }

    private ulong IdOf(object owner)
    {
        if (!_ids.TryGetValue(owner, out ulong id))
        {
            id = (ulong)_ids.Count + 1;
            _ids.Add(owner, id);
        }

        return id;
    }
}
