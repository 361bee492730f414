using QmpHost.Block.Core;
using QmpHost.Block.Graph.Drain;
using QmpHost.Block.Graph.Queries;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Filenames;

/// <summary>Opens images by a filename without the backing file that their header names: they get one later, or none.</summary>
internal static class LateBacking
{
    /// <summary>Opens an image of a format that somebody gives, without its backing file.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="filename">Its name.</param>
    /// <param name="format">Its format.</param>
    /// <param name="nodeName">The node's name, or null.</param>
    /// <param name="flags">What the node it belongs to decides.</param>
    /// <exception cref="QmpException">It could not be opened; nothing is left behind.</exception>
    /// <returns>The node, to which the caller holds a reference.</returns>
    public static async ValueTask<BlockNode> OpenAsync(BlockGraph graph, string filename, string format, string? nodeName, NodeFlags flags)
    {
        FilenameOptions parsed = FilenameOptions.Parse(graph.Drivers, filename, format);
        return await graph.Opener.OpenAsync(WithoutBacking(parsed.Complete!) with { NodeName = nodeName }, flags);
    }

    /// <summary>Opens the image that a node is copied to.</summary>
    /// <param name="source">The node that is copied.</param>
    /// <param name="filename">The image's name.</param>
    /// <param name="format">Its format, or null: that is found out, unless the node has none either.</param>
    /// <param name="nodeName">The image's node name, or null.</param>
    /// <param name="flags">What the node that is copied decides.</param>
    /// <param name="withBacking">Whether the backing file that its header names is opened too.</param>
    /// <exception cref="QmpException">It could not be opened; nothing is left behind.</exception>
    /// <returns>The node, to which the caller holds a reference.</returns>
    public static async ValueTask<BlockNode> OpenTargetAsync(
        BlockNode source, string filename, string? format, string? nodeName, NodeFlags flags, bool withBacking)
    {
        BlockGraph graph = source.Graph;
        FilenameOptions parsed = FilenameOptions.Parse(graph.Drivers, filename, format);
        BlockdevOptions? complete = parsed.Complete ?? (source.Driver.Descriptor.IsProtocol ? parsed.File : null);
        BlockdevOptions options = complete ?? await ProbeAsync(graph, parsed.File);
        BlockNode node = await graph.Opener.OpenAsync((withBacking ? options : WithoutBacking(options)) with { NodeName = nodeName }, flags);
        if (complete is null && node.Driver.TryMarkProbed())
        {
            graph.Context.Report(ReportKind.Remark, FormatProbe.DescribeGuess(NodeFilename.Of(node.PrimaryChild!.Node)));
        }

        return node;
    }

    /// <summary>The same options without the backing file that the image's header names.</summary>
    /// <param name="options">The options.</param>
    /// <returns>The options with no backing file, where the format has any.</returns>
    private static BlockdevOptions WithoutBacking(BlockdevOptions options) => options switch
    {
        BlockdevOptions.Qcow2 qcow2 => qcow2 with { Backing = new BlockdevRefOrNull.Null() },
        _ => options,
    };

    private static async ValueTask<BlockdevOptions> ProbeAsync(BlockGraph graph, BlockdevOptions file)
    {
        using ChangeDrain.SilentSection silent = graph.ChangeDrain.BeginSilent();
        BlockNode node;
        try
        {
            node = await graph.Opener.OpenAsync(file, NodeFlags.OfRoot(file) with { ReadOnly = true });
        }
        catch (QmpException)
        {
            // Whoever opens the image finds that out, and says so.
            return FilenameOptions.Over(graph.Drivers, "raw", new BlockdevRef.Definition(file));
        }

        try
        {
            return FilenameOptions.Over(graph.Drivers, await BackingFileOpener.ProbeAsync(node), new BlockdevRef.Definition(file));
        }
        finally
        {
            await graph.UnrefAsync(node);
        }
    }
}
