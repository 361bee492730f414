using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Requests;
using QmpHost.Block.Loop;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Jobs.Stream;

/// <summary>block-stream: looks up what it names and checks it in QEMU's order.</summary>
/// <remarks>Used in main turns only.</remarks>
public static class StreamRequest
{
    /// <summary>Starts the job.</summary>
    /// <param name="jobs">The host's jobs.</param>
    /// <param name="arguments">The command's arguments.</param>
    /// <exception cref="QmpException">It could not be started; nothing is left behind.</exception>
    /// <returns>A task that ends with the command; the job goes on.</returns>
    public static async ValueTask RunAsync(JobManager jobs, BlockStreamArguments arguments)
    {
        ArgumentNullException.ThrowIfNull(jobs);
        ArgumentNullException.ThrowIfNull(arguments);
        CheckExclusive("base", arguments.Base, "base-node", arguments.BaseNode);
        CheckExclusive("base", arguments.Base, "bottom", arguments.Bottom);
        CheckExclusive("bottom", arguments.Bottom, "base-node", arguments.BaseNode);
        BlockNode disk = jobs.Graph.LookUp(arguments.Device);
        BlockNode? lowest = FindBase(jobs.Graph, disk, arguments);
        BlockNode? bottom = arguments.Bottom is { } name ? FindBottom(jobs.Graph, disk, name, arguments.Device) : null;
        BlockNode? end = bottom is null ? lowest : BlockStatusWalker.Below(bottom);
        for (BlockNode? node = disk; node is not null && node != end; node = BlockStatusWalker.Below(node))
        {
            node.OpBlockers.Check(BlockOperation.Stream, node.DeviceOrNodeName);
        }

        if (lowest is null && bottom is null && arguments.BackingFile is not null)
        {
            throw new QmpException("backing file specified, but streaming the entire chain");
        }

        bottom ??= lowest is null ? BackingChain.Lowest(disk) : BackingChain.FindOverlay(disk, lowest)
            ?? throw new QmpException($"'{lowest.NodeName}' is not in the backing chain of '{disk.NodeName}'");
        if (!bottom.HasMedium)
        {
            throw new QmpException($"Could not create node: Bottom node '{bottom.NodeName}' not opened");
        }

        await StreamJob.StartAsync(jobs, new StreamOptions
        {
            JobId = arguments.JobId ?? disk.DeviceName,
            Disk = disk,
            Bottom = bottom,
            AboveBase = arguments.Bottom is null && lowest is not null ? Above(bottom, lowest) : bottom,
            BackingFile = arguments.BackingFile,
            MasksProtocol = arguments.BackingMaskProtocol == true,
            Speed = arguments.Speed ?? 0,
            OnError = arguments.OnError ?? BlockdevOnError.Report,
            FilterNodeName = arguments.FilterNodeName,
            AutoFinalize = arguments.AutoFinalize ?? true,
            AutoDismiss = arguments.AutoDismiss ?? true,
        });
        await jobs.PollAsync();
    }

    private static void CheckExclusive(string first, string? firstValue, string second, string? secondValue)
    {
        if (firstValue is not null && secondValue is not null)
        {
            throw new QmpException($"'{first}' and '{second}' cannot be specified at the same time");
        }
    }

    private static BlockNode? FindBase(BlockGraph graph, BlockNode disk, BlockStreamArguments arguments)
    {
        if (arguments.Base is { } filename)
        {
            return BackingChain.FindImage(disk, filename) ?? throw new QmpException($"Can't find '{filename}' in the backing chain");
        }

        if (arguments.BaseNode is not { } name)
        {
            return null;
        }

        BlockNode node = graph.LookUpNode(name);
        return node != disk && BackingChain.Contains(disk, node)
            ? node
            : throw new QmpException($"Node '{name}' is not a backing image of '{arguments.Device}'");
    }

    private static BlockNode FindBottom(BlockGraph graph, BlockNode disk, string name, string device)
    {
        BlockNode node = graph.LookUpNode(name);
        if (node.Driver.Descriptor.IsFilter)
        {
            throw new QmpException($"Node '{name}' is a filter, use a non-filter node as 'bottom'");
        }

        return BackingChain.Contains(disk, node)
            ? node
            : throw new QmpException($"Node '{name}' is not in a chain starting from '{device}'");
    }

    // Filters over the base go with the images above it.
    private static BlockNode Above(BlockNode bottom, BlockNode lowest)
    {
        BlockNode node = bottom;
        while (BlockStatusWalker.Below(node) is { } below && below != lowest)
        {
            node = below;
        }

        return node;
    }
}
