using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Filenames;

/// <summary>Opens images by a filename without the backing file that their header names: they get one later, or none.</summary>
internal static class LateBacking
{
    /// <summary>Opens an image.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="filename">Its name.</param>
    /// <param name="format">Its format, or null for one that is found out.</param>
    /// <param name="nodeName">The node's name, or null.</param>
    /// <param name="flags">What the node it belongs to decides.</param>
    /// <exception cref="QmpException">It could not be opened; nothing is left behind.</exception>
    /// <returns>The node, to which the caller holds a reference.</returns>
    public static async ValueTask<BlockNode> OpenAsync(BlockGraph graph, string filename, string? format, string? nodeName, NodeFlags flags)
    {
        BlockdevOptions options = await FindOptionsAsync(graph, filename, format);
        return await graph.Opener.OpenAsync(WithoutBacking(options) with { NodeName = nodeName }, flags);
    }

    /// <summary>The options that a filename stands for, whose format is found out if nobody gives it.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="filename">The name.</param>
    /// <param name="format">The format, or null.</param>
    /// <exception cref="QmpException">The name makes no sense, or the file could not be read.</exception>
    /// <returns>The options.</returns>
    public static async ValueTask<BlockdevOptions> FindOptionsAsync(BlockGraph graph, string filename, string? format)
    {
        FilenameOptions parsed = FilenameOptions.Parse(graph.Drivers, filename, format);
        return parsed.Complete ?? await ProbeAsync(graph, parsed.File);
    }

    /// <summary>The same options without the backing file that the image's header names.</summary>
    /// <param name="options">The options.</param>
    /// <returns>The options with no backing file, where the format has any.</returns>
    public static BlockdevOptions WithoutBacking(BlockdevOptions options) => options.Branch switch
    {
        BlockdevOptionsQcow2 qcow2 => options with { Branch = qcow2 with { Backing = BlockdevRefOrNull.FromNull(QNull.Instance) } },
        _ => options,
    };

    private static async ValueTask<BlockdevOptions> ProbeAsync(BlockGraph graph, BlockdevOptions file)
    {
        BlockNode node = await graph.Opener.OpenAsync(file, NodeFlags.OfRoot(file) with { ReadOnly = true });
        try
        {
            return FilenameOptions.Over(graph.Drivers, await BackingFileOpener.ProbeAsync(node), BlockdevRef.FromDefinition(file));
        }
        finally
        {
            await graph.UnrefAsync(node);
        }
    }
}
