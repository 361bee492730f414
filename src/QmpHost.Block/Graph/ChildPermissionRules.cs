namespace QmpHost.Block.Graph;

/// <summary>The rules by which nodes pass permissions of their parents on to their children.</summary>
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
        => throw new NotImplementedException();
}
