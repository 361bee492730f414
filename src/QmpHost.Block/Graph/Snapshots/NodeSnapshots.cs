using QmpHost.Block.Core;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Snapshots;

/// <summary>Finds the internal snapshots of a disk: in its own image, or in the one below where that alone holds everything.</summary>
/// <remarks>Used on the host's event loop only.</remarks>
public static class NodeSnapshots
{
    private const ChildRole Holds = ChildRole.Data | ChildRole.Metadata | ChildRole.Filtered;

    /// <summary>The snapshots of a disk, or null where its format has none.</summary>
    /// <param name="node">The disk's node.</param>
    /// <returns>The snapshots, or null.</returns>
    public static IInternalSnapshots? Find(BlockNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        return node.Driver.InternalSnapshots ?? (Fallback(node) is { } below ? Find(below) : null);
    }

    /// <summary>Whether snapshots of a disk could be taken now: it can be written to, and so on down to the image that holds them.</summary>
    /// <param name="node">The disk's node.</param>
    /// <returns>True if they can.</returns>
    public static bool CanTake(BlockNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        return !node.ReadOnly && (node.Driver.InternalSnapshots is not null || (Fallback(node) is { } below && CanTake(below)));
    }

    /// <summary>The snapshots of a disk.</summary>
    /// <param name="node">The disk's node.</param>
    /// <exception cref="BlockIOException">ENOTSUP: the disk cannot have any.</exception>
    /// <returns>The snapshots, in the order of the image.</returns>
    public static IReadOnlyList<SnapshotInfo> List(BlockNode node) => Get(node).List();

    /// <summary>The snapshots of a disk, which must be able to have some.</summary>
    /// <param name="node">The disk's node.</param>
    /// <exception cref="BlockIOException">ENOTSUP: the disk cannot have any.</exception>
    /// <returns>The snapshots.</returns>
    public static IInternalSnapshots Get(BlockNode node) => Find(node) ?? throw new BlockIOException(Errno.ENOTSUP);

    // The one child that has it all. Of two, each would be one half of a snapshot only.
    private static BlockNode? Fallback(BlockNode node)
        => node.Children.Where(static child => (child.Role & Holds) != 0).ToArray() is [{ } only] && (only.Role & ChildRole.Primary) != 0
            ? only.Node
            : null;
}
