namespace QmpHost.Block.Graph;

/// <summary>What may still be asked of a node while another one has it as its backing file.</summary>
internal static class BackingUse
{
    // Reading it harms nobody, and a backup may fill it: the overlay need not be read before that is done.
    private static readonly BlockOperation[] Allowed =
        [BlockOperation.BackupSource, BlockOperation.BackupTarget, BlockOperation.CommitTarget, BlockOperation.Stream];

    /// <summary>Forbids the rest, for as long as the edge leads to its node.</summary>
    /// <param name="edge">The edge from the overlay to its backing node.</param>
    public static void Begin(BlockChild edge)
    {
        if (edge.Parent is BlockNode overlay)
        {
            edge.Node.OpBlockers.BlockAllBut(edge, $"node is used as backing hd of '{overlay.DeviceOrNodeName}'", Allowed);
        }
    }
}
