using System.Numerics;
using QmpHost.Block.Graph;
using QmpHost.Block.Loop;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Jobs.Mirror;

/// <summary>blockdev-mirror: looks up what it names and checks how its options go together, in QEMU's order.</summary>
/// <remarks>Used in main turns only.</remarks>
public static class MirrorRequest
{
    private const long SmallestGranularity = 512;
    private const long LargestGranularity = 64 << 20;

    /// <summary>Starts the job.</summary>
    /// <param name="jobs">The host's jobs.</param>
    /// <param name="arguments">The command's arguments.</param>
    /// <exception cref="QmpException">It could not be started; nothing is left behind.</exception>
    /// <returns>A task that ends with the command; the job goes on.</returns>
    public static async ValueTask RunAsync(JobManager jobs, BlockdevMirrorArguments arguments)
    {
        ArgumentNullException.ThrowIfNull(jobs);
        ArgumentNullException.ThrowIfNull(arguments);
        BlockNode source = jobs.Graph.LookUpRoot(arguments.Device);
        BlockNode target = jobs.Graph.LookUp(arguments.Target);
        await StartAsync(jobs, arguments.Sync, arguments.Granularity ?? 0, new MirrorOptions
        {
            JobId = arguments.JobId ?? source.DeviceName,
            Source = source,
            Target = target,
            OverwriteAll = arguments.Sync == MirrorSyncMode.Full && arguments.TargetIsZero != true,
            TargetReadsZero = arguments.TargetIsZero == true,
            Replaces = arguments.Replaces,
            Speed = arguments.Speed ?? 0,
            BufferSize = arguments.BufSize ?? 0,
            OnSourceError = arguments.OnSourceError ?? BlockdevOnError.Report,
            OnTargetError = arguments.OnTargetError ?? BlockdevOnError.Report,
            CopyMode = arguments.CopyMode ?? MirrorCopyMode.Background,
            FilterNodeName = arguments.FilterNodeName,
            AutoFinalize = arguments.AutoFinalize ?? true,
            AutoDismiss = arguments.AutoDismiss ?? true,
        });
        await jobs.PollAsync();
    }

    /// <summary>Checks what all forms of mirrors have in common, and starts one.</summary>
    internal static ValueTask StartAsync(JobManager jobs, MirrorSyncMode sync, long granularity, MirrorOptions options)
    {
        jobs.Graph.ChangeDrain.PulseFirst();
        CheckGranularity(granularity);
        options.Source.OpBlockers.Check(BlockOperation.MirrorSource, options.Source.DeviceOrNodeName);
        options.Target.OpBlockers.Check(BlockOperation.MirrorTarget, options.Target.DeviceOrNodeName);
        BlockNode? below = BackingChain.Next(options.Source);
        if (sync == MirrorSyncMode.Top && below is null)
        {
            sync = MirrorSyncMode.Full;
        }

        string? replaces = options.Replaces ?? UserNodeBelow(options.Source);
        if (replaces is not null)
        {
            MirrorReplacement.Check(options.Source, replaces);
        }

        if (sync is MirrorSyncMode.Incremental or MirrorSyncMode.Bitmap)
        {
            throw new QmpException($"Sync mode '{sync.ToWire()}' not supported");
        }

        return MirrorJob.StartAsync(jobs, options with
        {
            Granularity = granularity,
            OnlyNewWrites = sync == MirrorSyncMode.None,
            Base = sync == MirrorSyncMode.Top ? below : null,
            Replaces = replaces,
        });
    }

    // Filters that nobody named stay where they are above the copy.
    private static string? UserNodeBelow(BlockNode source)
        => BackingChain.SkipImplicit(source) is var node && node != source ? node.NodeName : null;

    private static void CheckGranularity(long granularity)
    {
        if (granularity != 0 && granularity is < SmallestGranularity or > LargestGranularity)
        {
            throw new QmpException("Parameter 'granularity' expects a value in range [512B, 64MB]");
        }

        if (granularity != 0 && !BitOperations.IsPow2(granularity))
        {
            throw new QmpException("Parameter 'granularity' expects a power of 2");
        }
    }
}
