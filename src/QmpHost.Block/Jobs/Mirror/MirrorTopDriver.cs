using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Permissions;

namespace QmpHost.Block.Jobs.Mirror;

/// <summary>
/// mirror_top: the filter above the source of a mirror, through which all writes pass, so that they can be made to the
/// target too before they are answered.
/// </summary>
/// <param name="isCommit">Whether an active commit inserts it, which reads what is inconsistent to others.</param>
internal sealed class MirrorTopDriver(bool isCommit) : JobFilterDriver(Kind)
{
    private static readonly BlockDriverDescriptor Kind = Describe("mirror_top");

    /// <summary>Who makes writes to the target too before they are answered, or null.</summary>
    public ActiveMirror? Active { get; set; }

    /// <summary>Whether the job is about to end: the filter then lets nobody use its child any more.</summary>
    public bool IsStopped { get; set; }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
        => Active is { IsOn: true } active && (flags & RequestFlags.WriteUnchanged) == 0
            ? active.WriteAsync(Below, offset, buffer, flags)
            : Below.WriteAsync(offset, buffer, flags);

    /// <inheritdoc/>
    public override ValueTask WriteZeroesAsync(long offset, long bytes, RequestFlags flags)
        => Active is { IsOn: true } active && (flags & RequestFlags.WriteUnchanged) == 0
            ? active.WriteZeroesAsync(Below, offset, bytes, flags)
            : Below.WriteZeroesAsync(offset, bytes, flags);

    /// <inheritdoc/>
    public override ValueTask DiscardAsync(long offset, long bytes)
        => Active is { IsOn: true } active ? active.DiscardAsync(Below, offset, bytes) : Below.DiscardAsync(offset, bytes);

    /// <inheritdoc/>
    public override (BlockPermissions Used, BlockPermissions Shared) GetChildPermissions(
        BlockChild child, BlockPermissions needed, BlockPermissions shared)
    {
        if (IsStopped)
        {
            return (BlockPermissions.None, BlockPermissions.All);
        }

        if (isCommit)
        {
            // Between base and top nothing is consistent for anybody else, which is no reason not to write to the top.
            return (needed & BlockPermissions.Write, BlockPermissions.Write | BlockPermissions.WriteUnchanged | BlockPermissions.ConsistentRead);
        }

        return ChildPermissionRules.Default(Node, child, needed, shared);
    }
}
