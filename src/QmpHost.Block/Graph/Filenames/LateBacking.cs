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
        FilenameOptions parsed = FilenameOptions.Parse(graph.Drivers, filename, format);
        BlockdevOptions options = parsed.Complete ?? await ProbeAsync(graph, parsed.File);
        return await graph.Opener.OpenAsync(WithoutBacking(options) with { NodeName = nodeName }, flags);
    }

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

    private static BlockdevOptions WithoutBacking(BlockdevOptions options) => options.Branch switch
    {
        BlockdevOptionsQcow2 qcow2 => options with { Branch = qcow2 with { Backing = BlockdevRefOrNull.FromNull(QNull.Instance) } },
        _ => options,
    };
}
