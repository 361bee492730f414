using QmpHost.Block.Exports;
using QmpHost.Block.Graph;
using QmpHost.Net;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Exports.VhostUser;

/// <summary>Exports as virtio disks over vhost-user.</summary>
/// <remarks>Used on the host's loop only, in main turns.</remarks>
public sealed class VhostUserExportKind : BlockExportKind
{
    /// <summary>Told of what front ends do wrong, for the host's user.</summary>
    public Action<string> Report { get; init; } = static _ => { };

    /// <inheritdoc/>
    public override BlockExportType Type => BlockExportType.VhostUserBlk;

    /// <inheritdoc/>
    public override string? SingleThreadedName => "vhost-user-blk";

    /// <inheritdoc/>
    public override ValueTask<BlockExport> CreateAsync(BlockExportOptions options, BlockBackend backend)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(backend);
        var own = (BlockExportOptionsVhostUserBlk)options.Branch!;
        VersionProfile profile = backend.Graph.Context.Profile;
        uint blockSize = BlockSizeRule.Check(own.LogicalBlockSize, options.Id, profile);
        ushort queues = own.NumQueues ?? 1;
        if (queues == 0)
        {
            throw new QmpException("num-queues must be greater than 0");
        }

        if (own.Addr.Type is not (SocketAddressType.Unix or SocketAddressType.Fd))
        {
            throw new QmpException("Only socket address types 'unix' and 'fd' are supported");
        }

        SocketListener listener = SocketListener.Open(own.Addr, backlog: 1);
        bool isWritable = options.Writable == true;
        var configuration = new DeviceConfiguration(blockSize, queues, likesSizes: !profile.Has(Behaviour.VhostUserDisksLikeNoSizes));
        configuration.SetLength(backend.Node.Length);
        var disk = new VhostUserDisk(backend, isWritable, blockSize, queues)
        {
            Configuration = configuration,
            PadsConfiguration = profile.Has(Behaviour.VhostUserConfigurationsArePadded),
        };
        return ValueTask.FromResult<BlockExport>(new VhostUserExport(this, options.Id, backend, disk, listener, Report));
    }
}
