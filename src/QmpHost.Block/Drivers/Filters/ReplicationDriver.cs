using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Filters;

/// <summary>
/// replication: one side of a disk that two machines share. Until a replication begins, which no command here can make it do,
/// requests fail.
/// </summary>
internal sealed class ReplicationDriver(BlockDriverDescriptor descriptor) : FilterDriver
{
    /// <summary>What the driver is.</summary>
    public static BlockDriverDescriptor Table { get; } = new()
    {
        Name = "replication",
        SchemaValue = BlockdevDriver.Replication,
        Make = static table => new ReplicationDriver(table),
        IsFilter = true,
        Children = FileChild,
    };

    /// <inheritdoc/>
    public override BlockDriverDescriptor Descriptor => descriptor;

    /// <inheritdoc/>
    public override BlockLimits RefreshLimits(BlockLimits inherited) => inherited with { RequestAlignment = BlockNode.SectorSize };

    /// <inheritdoc/>
    public override bool SupportsDiscard => false;

    /// <inheritdoc/>
    public override bool SupportsWriteZeroes => false;

    /// <inheritdoc/>
    public override RequestFlags SupportedWriteFlags => RequestFlags.None;

    /// <inheritdoc/>
    public override RequestFlags SupportedZeroFlags => RequestFlags.None;

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(BlockOpenContext context)
    {
        var options = (BlockdevOptionsReplication)context.Options.Branch!;
        await OpenFileAsync(context, options.File);
        if (options.Mode == ReplicationMode.Primary && options.TopId is not null)
        {
            throw new QmpException("The primary side does not support option top-id");
        }

        if (options.Mode == ReplicationMode.Secondary && options.TopId is null)
        {
            throw new QmpException("Missing the option top-id");
        }
    }

    /// <inheritdoc/>
    public override ValueTask ReadAsync(long offset, Memory<byte> buffer, RequestFlags flags) => throw new BlockIOException(Errno.EIO);

    /// <inheritdoc/>
    public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags) => throw new BlockIOException(Errno.EIO);

    /// <inheritdoc/>
    public override (BlockPermissions Used, BlockPermissions Shared) GetChildPermissions(
        BlockChild child, BlockPermissions needed, BlockPermissions shared)
    {
        BlockPermissions used = BlockPermissions.ConsistentRead | (Node.IsWritable ? BlockPermissions.Write : BlockPermissions.None);
        return (used, BlockPermissions.All & ~BlockPermissions.Resize);
    }
}
