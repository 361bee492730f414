using QmpHost.Block.Core;
using QmpHost.Block.Graph.Permissions;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph;

/// <summary>Opens nodes: finds the driver, lets it open its children and image, and enters the node into the graph.</summary>
internal sealed class NodeOpener(BlockGraph graph)
{
    /// <summary>Opens a node; the caller holds the only reference.</summary>
    /// <param name="options">The options.</param>
    /// <param name="flags">What they and the parents' options decide.</param>
    /// <param name="definedIn">The edges that lead to the options within the definition of another node.</param>
    /// <exception cref="QmpException">It could not be opened; nothing is left behind.</exception>
    public async ValueTask<BlockNode> OpenAsync(BlockdevOptions options, NodeFlags flags, params IReadOnlyList<string> definedIn)
    {
        BlockDriverDescriptor? descriptor = graph.Drivers.Find(options.Driver);
        if (descriptor is null)
        {
            graph.ChangeDrain.Pulse();
            throw new QmpException($"Unknown driver '{options.Driver.ToWire()}'");
        }

        return await OpenAsync(options, flags, descriptor.CreateInstance(), definedIn);
    }

    /// <summary>Opens a node whose driver is made already.</summary>
    /// <param name="options">The options.</param>
    /// <param name="flags">What is inherited.</param>
    /// <param name="driver">The driver.</param>
    /// <param name="definedIn">As for the other method.</param>
    /// <returns>The node.</returns>
    public async ValueTask<BlockNode> OpenAsync(BlockdevOptions options, NodeFlags flags, BlockDriver driver, params IReadOnlyList<string> definedIn)
    {
        BlockDriverDescriptor descriptor = driver.Descriptor;
        CheckFirst(descriptor, options, flags);
        var node = new BlockNode(graph, options.NodeName ?? "", driver, options)
        {
            Flags = flags,
            DefinedIn = definedIn,
            ReadOnly = flags.ReadOnly,
            IsActive = !flags.Inactive,
            RefCount = 1,
        };
        var context = new BlockOpenContext(node, options, flags.ReadOnly);
        try
        {
            await OpenAsync(node, context);
            return node;
        }
        catch
        {
            await graph.AbandonAsync(node, context.IsInDriver);
            throw;
        }
    }

    /// <summary>Makes a filter of a job over a node that is open; nobody uses the filter yet.</summary>
    /// <param name="below">The node to filter.</param>
    /// <param name="childName">The name of the edge to it.</param>
    /// <param name="driver">The filter's driver.</param>
    /// <param name="name">The filter's name, or null for one that users of devices are not shown.</param>
    /// <param name="readOnly">Whether nobody may write to the filter.</param>
    /// <exception cref="QmpException">The name is taken or not valid, or permissions forbid it; nothing is left behind.</exception>
    public BlockNode OpenOver(BlockNode below, string childName, BlockDriver driver, string? name, bool readOnly)
    {
        // Nobody can ask for such a filter: it has no options.
        var options = new BlockdevOptions.Unknown { NodeName = name };
        var filter = new BlockNode(graph, name ?? "", driver, options)
        {
            IsImplicit = name is null,
            Length = below.Length,
            ReadOnly = readOnly,
            RefCount = 1,
        };
        graph.Register(filter);
        try
        {
            graph.Attach(filter, below, childName, ChildRole.Filtered | ChildRole.Primary, BlockPermissions.None, BlockPermissions.All);
        }
        catch
        {
            graph.Unregister(filter);
            throw;
        }

        filter.RefreshLimits();
        filter.IsOpen = true;
        return filter;
    }

    // QEMU has a node by then, and gives it up.
    private void CheckFirst(BlockDriverDescriptor descriptor, BlockdevOptions options, NodeFlags flags)
    {
        if (descriptor.OpensFileFirst)
        {
            return;
        }

        try
        {
            flags.CheckSharing();
            descriptor.CheckFileName?.Invoke(options);
            flags.CheckDetectZeroes();
        }
        catch (QmpException)
        {
            graph.ChangeDrain.Pulse();
            throw;
        }
    }

    private async ValueTask OpenAsync(BlockNode node, BlockOpenContext context)
    {
        // The lowest nodes are named before they are opened, the others after their "file" child: names and listings show it.
        if (!node.Driver.Descriptor.OpensFileFirst)
        {
            graph.Register(node);
            context.IsInDriver = true;
        }

        try
        {
            await node.Driver.OpenAsync(context);
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"Could not open image: {e.Errno.Describe()}", e);
        }

        context.IsInDriver = false;
        CheckCacheOption(node);
        node.ReadOnly = context.ReadOnly;
        graph.Register(node);
        await node.RefreshLengthAsync();
        node.RefreshLimits();
        node.IsOpen = true;
        PermissionUpdate.Run([node]);
    }

    // QEMU takes objects apart into their members, finds nothing to take from an empty one, and then does not know it any more.
    private static void CheckCacheOption(BlockNode node)
    {
        if (node.Options.Cache is { Direct: null, NoFlush: null })
        {
            BlockDriverDescriptor descriptor = node.Driver.Descriptor;
            throw new QmpException(descriptor.IsProtocol
                ? $"Block protocol '{descriptor.Name}' doesn't support the option 'cache'"
                : $"Block format '{descriptor.Name}' does not support the option 'cache'");
        }
    }
}
