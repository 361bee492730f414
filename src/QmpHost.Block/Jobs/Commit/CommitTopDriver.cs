using QmpHost.Block.Graph;

namespace QmpHost.Block.Jobs.Commit;

/// <summary>
/// commit_top: the filter above the images that a commit takes out of a chain. What is below it is not consistent for others
/// while the job runs; the filter itself needs nothing of it.
/// </summary>
internal sealed class CommitTopDriver() : JobFilterDriver(Kind)
{
    private static readonly BlockDriverDescriptor Kind = Describe("commit_top");

    /// <inheritdoc/>
    public override (BlockPermissions Used, BlockPermissions Shared) GetChildPermissions(
        BlockChild child, BlockPermissions needed, BlockPermissions shared)
        => (BlockPermissions.None, BlockPermissions.All);
}
