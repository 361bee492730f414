using QmpHost.Block.Core;
using QmpHost.Block.Graph.Queries;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Filenames;

/// <summary>Opens the backing file that an image header names.</summary>
internal static class BackingFileOpener
{
    public static async ValueTask<BlockChild> OpenAsync(BlockOpenContext context, string backingFile, string? backingFormat)
    {
        BlockNode node = context.Node;
        try
        {
            string filename = ImageFilename.Combine(DirectoryOf(node), backingFile);
            BlockChild edge = await OpenAsync(context, FilenameOptions.Parse(node.Graph.Drivers, filename, backingFormat));
            node.AutoBackingFilename = NodeFilename.Of(edge.Node);
            return edge;
        }
        catch (QmpException e)
        {
            throw Failure(e);
        }
    }

    /// <summary>The error of a node whose backing file could not be opened.</summary>
    /// <param name="cause">What is wrong with that.</param>
    public static QmpException Failure(QmpException cause)
        => new(cause.ErrorClass, $"Could not open backing file: {cause.Message}") { Hint = cause.Hint };

    /// <summary>Opens the backing file that the header of a node names, which was opened without it; does nothing if it names none.</summary>
    /// <param name="node">The node.</param>
    /// <exception cref="QmpException">It could not be opened.</exception>
    public static async ValueTask OpenLateAsync(BlockNode node)
    {
        if (node.Driver.BackingFilename is { } name && node.Backing is null)
        {
            await OpenAsync(new BlockOpenContext(node, node.Options, node.ReadOnly), name, node.Driver.BackingFormat);
            node.RefreshLimits();
        }
    }

    /// <summary>Where names in an image header start from: the name of the file that the image lies in.</summary>
    public static string DirectoryOf(BlockNode node)
    {
        for (BlockNode? current = node; current is not null; current = current.PrimaryChild?.Node)
        {
            if (current.Driver.Descriptor.IsProtocol && current.Driver.ExactFilename is { } name)
            {
                return name;
            }
        }

        return "";
    }

    private static async ValueTask<BlockChild> OpenAsync(BlockOpenContext context, FilenameOptions parsed)
    {
        if (parsed.Complete is { } complete)
        {
            return await context.OpenChildAsync(new BlockdevRef.Definition(complete), "backing", ChildRole.Cow);
        }

        // Nobody says what the format is: the file is opened first, and tells.
        BlockGraph graph = context.Node.Graph;
        graph.Register(context.Node);
        NodeFlags flags = context.Node.Flags.OfChild(parsed.File, ChildRole.Cow).OfChild(parsed.File, ChildRole.Image);
        BlockNode file = await graph.Opener.OpenAsync(parsed.File, flags);
        try
        {
            BlockdevRef reference = new BlockdevRef.Reference(file.NodeName);
            BlockdevOptions options = FilenameOptions.Over(graph.Drivers, await ProbeAsync(file), reference);
            return await context.OpenChildAsync(new BlockdevRef.Definition(options), "backing", ChildRole.Cow);
        }
        finally
        {
            await graph.UnrefAsync(file);
        }
    }

    /// <summary>Finds the format of an image out.</summary>
    public static async ValueTask<string> ProbeAsync(BlockNode file)
    {
        var backend = new BlockBackend(file.Graph, "", BlockPermissions.ConsistentRead, BlockPermissions.All);
        backend.Insert(file);
        try
        {
            byte[] head = new byte[Math.Min(FormatProbe.Length, file.Length)];
            await backend.ReadAsync(0, head);
            return FormatProbe.Detect(file.Graph.Drivers, head);
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"Could not read image for determining its format: {e.Errno.Describe()}", e);
        }
        finally
        {
            await backend.RemoveAsync();
        }
    }
}
