using QmpHost.Block.Graph.Drain;
using QmpHost.Qapi;

namespace QmpHost.Block.Graph;

/// <summary>x-blockdev-change: adds a child to a node, or takes one away.</summary>
public static class ChildChange
{
    /// <summary>Changes the children of a node.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="parent">A device or node name.</param>
    /// <param name="child">The edge of the child to take away, or null.</param>
    /// <param name="node">The name of the node to add, or null.</param>
    /// <exception cref="QmpException">It cannot be done; nothing has changed.</exception>
    /// <returns>A task that ends with the change.</returns>
    public static async ValueTask RunAsync(BlockGraph graph, string parent, string? child, string? node)
    {
        ArgumentNullException.ThrowIfNull(graph);
        using ChangeDrain.Section change = graph.ChangeDrain.Begin();
        BlockNode parentNode = graph.LookUp(parent);
        if ((child is null) == (node is null))
        {
            throw new QmpException(child is null ? "Either child or node must be specified" : "The parameters child and node are in conflict");
        }

        if (child is not null)
        {
            await RemoveAsync(parentNode, child);
        }
        else
        {
            await AddAsync(parentNode, graph.FindNode(node!) ?? throw new QmpException($"Node '{node}' not found"));
        }
    }

    private static async ValueTask RemoveAsync(BlockNode parent, string name)
    {
        BlockChild child = parent.Children.FirstOrDefault(edge => edge.Name == name)
            ?? throw new QmpException($"Node '{parent.NodeName}' does not have child '{name}'");
        if (parent.Driver is not IChildCollection collection)
        {
            throw new QmpException($"The node {parent.DeviceOrNodeName} does not support removing a child");
        }

        await parent.DrainBeginAsync();
        try
        {
            await collection.RemoveChildAsync(child);
        }
        finally
        {
            parent.DrainEnd();
        }
    }

    private static async ValueTask AddAsync(BlockNode parent, BlockNode child)
    {
        if (parent.Driver is not IChildCollection collection)
        {
            throw new QmpException($"The node {parent.DeviceOrNodeName} does not support adding a child");
        }

        if (child.Parents.Count > 0)
        {
            throw new QmpException($"The node {child.NodeName} already has a parent");
        }

        await parent.DrainBeginAsync();
        try
        {
            collection.AddChild(child);
        }
        finally
        {
            parent.DrainEnd();
        }
    }
}
