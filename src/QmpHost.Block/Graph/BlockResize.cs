using QmpHost.Block.Core;
using QmpHost.Block.Graph.Drain;
using QmpHost.Qapi;

namespace QmpHost.Block.Graph;

/// <summary>block_resize: changes the length of a disk under running requests.</summary>
/// <remarks>Used on the host's event loop only.</remarks>
public static class BlockResize
{
    /// <summary>Changes the length of the disk that a command names.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="device">The device's name, or null.</param>
    /// <param name="nodeName">The node's name, or null.</param>
    /// <param name="size">The new length in bytes.</param>
    /// <exception cref="QmpException">The disk does not exist, is in use, or cannot be resized; nothing has changed.</exception>
    /// <returns>A task that ends with the resize.</returns>
    public static async ValueTask RunAsync(BlockGraph graph, string? device, string? nodeName, long size)
    {
        BlockNode node = graph.LookUp(device ?? "", nodeName ?? "");
        if (size < 0)
        {
            throw new QmpException("Parameter 'size' expects a >0 size");
        }

        if (node.OpBlockers.Find(BlockOperation.Resize) is not null)
        {
            if (graph.Context.Profile.Has(Behaviour.ResizeNamesItsBlocker))
            {
                node.OpBlockers.Check(BlockOperation.Resize, node.DeviceOrNodeName);
            }

            throw new QmpException($"Device '{device ?? "(null)"}' is in use");
        }

        var backend = new BlockBackend(graph, "", BlockPermissions.Resize, BlockPermissions.All);
        backend.Insert(node);
        try
        {
            using DrainedSection drained = await node.DrainAsync();
            await backend.Child.TruncateAsync(size);
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"Failed to resize image: {e.Errno.Describe()}", e);
        }
        finally
        {
            await backend.RemoveAsync();
        }
    }
}
