using QmpHost.Block.Core;
using QmpHost.Block.Graph.Drain;
using QmpHost.Block.Graph.Permissions;
using QmpHost.Qapi;

namespace QmpHost.Block.Graph;

/// <summary>Leaves the images of nodes to another process, and takes them back: blockdev-set-active.</summary>
/// <remarks>Used on the host's event loop, in main turns only.</remarks>
public static class NodeActivation
{
    /// <summary>Makes a node and those below it active or inactive.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="nodeName">The node, or null for all.</param>
    /// <param name="active">Which of them.</param>
    /// <returns>A task that ends when it is done.</returns>
    /// <exception cref="QmpException">There is no such node, something above it is in the way, or its image cannot be read again.</exception>
    public static async ValueTask SetAsync(BlockGraph graph, string? nodeName, bool active)
    {
        using ChangeDrain.Section change = active ? default : graph.ChangeDrain.BeginFirst();
        if (nodeName is null)
        {
            await SetAllAsync(graph, active);
            return;
        }

        BlockNode node = graph.GetNode(nodeName);
        if (active)
        {
            await ActivateAsync(node);
            return;
        }

        if (HasActiveParent(node))
        {
            throw new QmpException("Node has active parent node");
        }

        await LeaveAsync(node);
    }

    /// <summary>Makes a node and those below it active.</summary>
    /// <param name="node">The node.</param>
    /// <returns>A task that ends when its image has been read again.</returns>
    /// <exception cref="QmpException">It cannot be.</exception>
    public static async ValueTask ActivateAsync(BlockNode node)
    {
        foreach (BlockChild child in node.Children.ToArray())
        {
            await ActivateAsync(child.Node);
        }

        if (node.IsActive)
        {
            // Users may have come from an inactive node, as when an overlay has been put upon it.
            Resume(node);
            return;
        }

        node.IsActive = true;
        try
        {
            PermissionUpdate.Run([node]);
            await node.Driver.ActivateAsync();
        }
        catch
        {
            node.IsActive = false;
            throw;
        }

        Resume(node);
    }

    /// <summary>Makes a node and those below it inactive.</summary>
    /// <param name="node">The node.</param>
    /// <returns>A task that ends when its image has been left.</returns>
    /// <exception cref="QmpException">Somebody writes to it.</exception>
    internal static async ValueTask LeaveAsync(BlockNode node)
    {
        try
        {
            await InactivateAsync(node);
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"Failed to inactivate node: {e.Errno.Describe()}", e);
        }
    }

    /// <summary>Refuses an active parent of an inactive node.</summary>
    /// <exception cref="QmpException">"Inactive 'a' can't be a file child of active 'b'".</exception>
    internal static void CheckEdge(IBlockParent parent, BlockNode node, string name)
    {
        if (!node.IsActive && parent is BlockNode { IsActive: true } above && node.Graph.Context.Profile.Has(Behaviour.InactiveNodesSaySo))
        {
            throw new QmpException($"Inactive '{node.NodeName}' can't be a {name} child of active '{above.NodeName}'");
        }
    }

    private static async ValueTask SetAllAsync(BlockGraph graph, bool active)
    {
        // What backends lead to comes first, so that who is in the way is found before anything else is left.
        BlockNode[] tops =
        [
            .. graph.BackendRoots
                .Concat(graph.OpenNodes).Distinct().Where(static node => !node.Parents.Any(static edge => edge.Parent is BlockNode)),
        ];
        try
        {
            foreach (BlockNode node in tops)
            {
                await (active ? ActivateAsync(node) : InactivateAsync(node));
            }
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"Failed to inactivate all nodes: {e.Errno.Describe()}", e);
        }
    }

    private static bool HasActiveParent(BlockNode node) => node.Parents.Any(static edge => edge.Parent is BlockNode { IsActive: true });

    private static async ValueTask InactivateAsync(BlockNode node)
    {
        if (!node.IsActive || HasActiveParent(node))
        {
            return;
        }

        // Whoever writes must stop first, but for exports that were told to bear it.
        const BlockPermissions Writing = BlockPermissions.Write | BlockPermissions.WriteUnchanged;
        if (node.Parents.Any(static edge => edge.Parent is not BlockBackend { ToleratesInactive: true } && edge.Parent is not BlockNode && (edge.Used & Writing) != 0))
        {
            throw new BlockIOException(Errno.EPERM);
        }

        await node.DrainBeginAsync();
        try
        {
            await node.Driver.InactivateAsync();
            node.IsActive = false;
            Suspend(node);
            PermissionUpdate.Run([node]);
        }
        finally
        {
            node.DrainEnd();
        }

        foreach (BlockChild child in node.Children.ToArray())
        {
            await InactivateAsync(child.Node);
        }
    }

    private static void Suspend(BlockNode node)
    {
        foreach (BlockBackend backend in node.Parents.Select(static edge => edge.Parent).OfType<BlockBackend>().ToArray())
        {
            backend.Suspend();
        }
    }

    private static void Resume(BlockNode node)
    {
        foreach (BlockBackend backend in node.Parents.Select(static edge => edge.Parent).OfType<BlockBackend>().ToArray())
        {
            backend.Resume();
        }
    }
}
