namespace QmpHost.Block.Graph.Permissions;

/// <summary>Permissions in messages.</summary>
internal static class PermissionText
{
    /// <summary>The names of permissions, for example "write, resize".</summary>
    public static string Names(BlockPermissions permissions)
    {
        List<string> names = [];
        if ((permissions & BlockPermissions.ConsistentRead) != 0)
        {
            names.Add("consistent read");
        }

        if ((permissions & BlockPermissions.Write) != 0)
        {
            names.Add("write");
        }

        if ((permissions & BlockPermissions.WriteUnchanged) != 0)
        {
            names.Add("write unchanged");
        }

        if ((permissions & BlockPermissions.Resize) != 0)
        {
            names.Add("resize");
        }

        return string.Join(", ", names);
    }

    /// <summary>A conflict between two parents of a node.</summary>
    public static string Conflict(BlockChild user, BlockChild refuser, BlockPermissions permissions)
        => $"Permission conflict on node '{user.Node.NodeName}': permissions '{Names(permissions)}' are both required by "
            + $"{Describe(user)} and unshared by {Describe(refuser)}.";

    private static string Describe(BlockChild edge)
        => $"{edge.Parent.DescribeParent(edge)} (uses node '{edge.Node.NodeName}' as '{edge.Name}' child)";
}
