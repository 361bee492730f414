using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Queries;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.CopyBeforeWrite;

/// <summary>
/// snapshot-access: shows as a disk what a copy-before-write filter keeps of an earlier moment. Reads, block status
/// and discards go to the filter's snapshot interface; it cannot be written.
/// </summary>
internal sealed class SnapshotAccessDriver(BlockDriverDescriptor descriptor) : BlockDriver
{
    private BlockChild? _file;

    /// <summary>What the driver is.</summary>
    public static BlockDriverDescriptor Table { get; } = new()
    {
        Name = "snapshot-access",
        SchemaValue = BlockdevDriver.SnapshotAccess,
        Make = static table => new SnapshotAccessDriver(table),
        Children = new Dictionary<string, ChildRole> { ["file"] = ChildRole.Data | ChildRole.Primary },
    };

    /// <inheritdoc/>
    public override BlockDriverDescriptor Descriptor => descriptor;

    /// <inheritdoc/>
    public override bool SupportsDiscard => true;

    /// <inheritdoc/>
    public override bool ProvidesInfo => false;

    /// <inheritdoc/>
    public override string? ExactFilename => NodeFilename.Of(File.Node);

    private BlockChild File => _file ?? throw new InvalidOperationException("The node is not open.");

    // Any node can be opened below; whether it keeps a snapshot is asked with each request, since it may be replaced.
    private ISnapshotAccess Snapshot => File.Node.Driver.SnapshotAccess ?? throw new BlockIOException(Errno.ENOTSUP);

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(BlockOpenContext context)
    {
        var options = (BlockdevOptionsGenericFormat)context.Options.Branch!;
        _file = await context.OpenChildAsync(options.File, "file");
    }

    /// <inheritdoc/>
    public override ValueTask<long> GetLengthAsync() => ValueTask.FromResult(File.Node.Length);

    /// <inheritdoc/>
    public override ValueTask ReadAsync(long offset, Memory<byte> buffer, RequestFlags flags) => Snapshot.ReadSnapshotAsync(offset, buffer);

    /// <inheritdoc/>
    public override ValueTask DiscardAsync(long offset, long bytes) => Snapshot.DiscardSnapshotAsync(offset, bytes);

    /// <inheritdoc/>
    public override ValueTask<BlockStatus> GetBlockStatusAsync(bool wantZero, long offset, long bytes)
        => Snapshot.GetSnapshotBlockStatusAsync(wantZero, offset, bytes);

    /// <inheritdoc/>
    public override (BlockPermissions Used, BlockPermissions Shared) GetChildPermissions(
        BlockChild child, BlockPermissions needed, BlockPermissions shared)
        => (BlockPermissions.None, BlockPermissions.All);
}
