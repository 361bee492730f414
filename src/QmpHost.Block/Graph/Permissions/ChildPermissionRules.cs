namespace QmpHost.Block.Graph.Permissions;

/// <summary>The usual permission rules by child role.</summary>
public static class ChildPermissionRules
{
    /// <summary>The rule that fits a child's role: filter, backing, format metadata and data.</summary>
    /// <param name="node">The parent node.</param>
    /// <param name="child">The child.</param>
    /// <param name="needed">What the parents of <paramref name="node"/> use.</param>
    /// <param name="shared">What all parents of <paramref name="node"/> share.</param>
    /// <returns>Used and shared permissions on the child.</returns>
    public static (BlockPermissions Used, BlockPermissions Shared) Default(
        BlockNode node, BlockChild child, BlockPermissions needed, BlockPermissions shared)
    {
        if ((child.Role & ChildRole.Filtered) != 0)
        {
            return (needed, shared);
        }

        if ((child.Role & ChildRole.Cow) != 0)
        {
            return Leave(node, Backing(needed, shared));
        }

        return (child.Role & (ChildRole.Data | ChildRole.Metadata)) == 0
            ? throw new InvalidOperationException($"The child '{child.Name}' has no role that a rule fits.")
            : Leave(node, Storage(node, child, needed, shared));
    }

    // What is left to another process is written to by that.
    private static (BlockPermissions Used, BlockPermissions Shared) Leave(BlockNode node, (BlockPermissions Used, BlockPermissions Shared) rule)
        => node.IsActive ? rule : (rule.Used, rule.Shared | BlockPermissions.Write | BlockPermissions.Resize);

    // Backing files are only read. A parent that can live with changing data can live with a longer disk too.
    private static (BlockPermissions Used, BlockPermissions Shared) Backing(BlockPermissions needed, BlockPermissions shared)
    {
        BlockPermissions allowed = (shared & BlockPermissions.Write) != 0 ? BlockPermissions.Write | BlockPermissions.Resize : BlockPermissions.None;
        return (needed & BlockPermissions.ConsistentRead, allowed | BlockPermissions.ConsistentRead | BlockPermissions.WriteUnchanged);
    }

    private static (BlockPermissions Used, BlockPermissions Shared) Storage(
        BlockNode node, BlockChild child, BlockPermissions needed, BlockPermissions shared)
    {
        if ((child.Role & ChildRole.Metadata) != 0)
        {
            // Formats change metadata on their own account, and cannot have anybody else do so.
            if (node.IsWritable)
            {
                needed |= BlockPermissions.Write | BlockPermissions.Resize;
            }

            needed |= BlockPermissions.ConsistentRead;
            shared &= ~(BlockPermissions.Write | BlockPermissions.Resize);
        }

        if ((child.Role & ChildRole.Data) != 0)
        {
            // Where the data lies is up to the format: unchanged contents may still mean a write, and a write a longer file.
            if ((needed & BlockPermissions.WriteUnchanged) != 0)
            {
                needed |= BlockPermissions.Write;
            }

            if ((needed & BlockPermissions.Write) != 0)
            {
                needed |= BlockPermissions.Resize;
            }

            shared &= ~BlockPermissions.Resize;
        }

        return (needed, shared);
    }
}
