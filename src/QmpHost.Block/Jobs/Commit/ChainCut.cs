using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Queries;
using QmpHost.Qapi;

namespace QmpHost.Block.Jobs.Commit;

/// <summary>Takes images out of a chain, and writes the new backing file to the images above.</summary>
internal static class ChainCut
{
    /// <summary>Lets everybody above a node use one below it instead.</summary>
    /// <param name="top">The node that loses its users.</param>
    /// <param name="bottom">The node that gets them.</param>
    /// <param name="backingFile">The name that is written to the images above, or null for that of <paramref name="bottom"/>.</param>
    /// <param name="masksProtocol">Whether a protocol is written to them as the format raw.</param>
    /// <exception cref="BlockIOException">EPERM: others forbid it; or a name could not be written.</exception>
    /// <returns>A task that ends when all is done.</returns>
    public static async ValueTask DropAsync(BlockNode top, BlockNode bottom, string? backingFile, bool masksProtocol)
    {
        BlockNode[] overlays = [.. top.Parents.Where(static edge => edge.Name == "backing").Select(static edge => edge.Parent).OfType<BlockNode>()];
        try
        {
            await top.Graph.ReplaceNodeAsync(top, bottom);
        }
        catch (QmpException e)
        {
            top.Graph.Context.Report(ReportKind.Failure, e.Message);
            throw new BlockIOException(Errno.EPERM, e);
        }

        BlockNode named = BackingChain.SkipFilters(bottom);
        foreach (BlockNode overlay in overlays.Where(static node => node.Driver.Descriptor.SupportsBacking))
        {
            await RenameAsync(overlay, backingFile ?? NodeFilename.Of(named), BackingLink.FormatOf(named, masksProtocol));
        }
    }

    private static async ValueTask RenameAsync(BlockNode overlay, string name, string format)
    {
        try
        {
            await BackingLink.RenameAsync(overlay, name, format);
        }
        catch (QmpException e)
        {
            overlay.Graph.Context.Report(ReportKind.Failure, e.Message);
            throw new BlockIOException(Errno.EPERM, e);
        }
    }
}
