using QmpHost.Block.Core;
using QmpHost.Qapi;

namespace QmpHost.Block.Graph;

/// <summary>change-backing-file: writes another name of the backing file to an image, and nothing else.</summary>
/// <remarks>Used in main turns only.</remarks>
public static class BackingNameChange
{
    /// <summary>Writes the name.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="device">The device or node whose chain the image belongs to.</param>
    /// <param name="imageNodeName">The image's node.</param>
    /// <param name="backingFile">The name.</param>
    /// <exception cref="QmpException">The image is not in the chain, is in use, or could not be written.</exception>
    /// <returns>A task that ends when it is written.</returns>
    public static async ValueTask RunAsync(BlockGraph graph, string device, string imageNodeName, string backingFile)
    {
        ArgumentNullException.ThrowIfNull(graph);
        BlockNode top = graph.LookUpRoot(device);
        BlockNode image = graph.LookUpNode(imageNodeName);
        if (image == BackingChain.Lowest(image))
        {
            throw new QmpException("not allowing backing file change on an image without a backing file");
        }

        top.OpBlockers.Check(BlockOperation.Change, top.DeviceOrNodeName);
        if (!BackingChain.Contains(top, image))
        {
            throw new QmpException($"'{device}' and image file are not in the same chain");
        }

        try
        {
            // QEMU writes the image's own format as that of the backing file.
            await BackingLink.RenameAsync(image, backingFile.Length == 0 ? null : backingFile, image.Driver.Descriptor.Name);
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"Could not change backing file to '{backingFile}': {e.Message}", e);
        }
    }
}
