using QmpHost.Block.Core;
using QmpHost.Qapi;

namespace QmpHost.Block.Graph;

/// <summary>The names of backing files in image headers.</summary>
/// <remarks>Used in main turns only.</remarks>
internal static class BackingLink
{
    /// <summary>The format of a backing file, as it is written to an image.</summary>
    /// <param name="node">The backing file's node.</param>
    /// <param name="masksProtocol">Whether a protocol is written as the format raw.</param>
    public static string FormatOf(BlockNode node, bool masksProtocol)
        => masksProtocol && node.Driver.Descriptor.IsProtocol ? "raw" : node.Driver.Descriptor.Name;

    /// <summary>Writes another name to an image, which is made writable for that if it is not.</summary>
    /// <param name="node">The image's node.</param>
    /// <param name="name">The name, or null for none.</param>
    /// <param name="format">The backing file's format, or null.</param>
    /// <exception cref="BlockIOException">It could not be written, or the format has no backing files.</exception>
    /// <exception cref="QmpException">The image could not be made writable.</exception>
    public static async ValueTask RenameAsync(BlockNode node, string? name, string? format)
    {
        bool wasReadOnly = node.ReadOnly;
        if (wasReadOnly)
        {
            await ReadOnlySwitch.SetAsync(node, readOnly: false);
        }

        try
        {
            await node.Driver.ChangeBackingNameAsync(name, format);
            node.AutoBackingFilename = name;
            node.Graph.NoteChange();
        }
        finally
        {
            if (wasReadOnly)
            {
                await ReadOnlySwitch.TrySetAsync(node, readOnly: true);
            }
        }
    }
}
