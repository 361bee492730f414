using QmpHost.Block.Core;
using QmpHost.Block.Drivers;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Filenames;
using QmpHost.Block.Graph.Queries;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Jobs.Mirror;

/// <summary>drive-mirror: makes or opens the target's image, then starts a mirror.</summary>
/// <remarks>Used in main turns only.</remarks>
public static class DriveMirrorRequest
{
    /// <summary>Starts the job.</summary>
    /// <param name="jobs">The host's jobs.</param>
    /// <param name="arguments">The command's arguments.</param>
    /// <exception cref="QmpException">It could not be started; nothing is left behind but that there may be a new image file.</exception>
    /// <returns>A task that ends with the command; the job goes on.</returns>
    public static async ValueTask RunAsync(JobManager jobs, DriveMirror arguments)
    {
        ArgumentNullException.ThrowIfNull(jobs);
        ArgumentNullException.ThrowIfNull(arguments);
        BlockNode source = jobs.Graph.LookUpRoot(arguments.Device);
        source.OpBlockers.Check(BlockOperation.MirrorSource, source.DeviceOrNodeName);
        BlockNode? below = BackingChain.CowBelow(source);
        MirrorSyncMode sync = arguments.Sync == MirrorSyncMode.Top && below is null ? MirrorSyncMode.Full : arguments.Sync;
        if (arguments.Replaces is not null && arguments.NodeName is null)
        {
            throw new QmpException("a node-name must be provided when replacing a named node of the graph");
        }

        BlockNode target = await OpenTargetAsync(source, sync == MirrorSyncMode.None ? source : below, sync, arguments);
        try
        {
            await MirrorRequest.StartAsync(jobs, sync, arguments.Granularity ?? 0, MakeOptions(source, target, sync, arguments));
        }
        finally
        {
            await jobs.Graph.UnrefAsync(target);
        }

        await jobs.PollAsync();
    }

    private static async ValueTask<BlockNode> OpenTargetAsync(BlockNode source, BlockNode? backing, MirrorSyncMode sync, DriveMirror arguments)
    {
        string? format = arguments.Format;
        if (arguments.Mode != NewImageMode.Existing)
        {
            format ??= source.Driver.Descriptor.Name;
            BlockNode? named = sync == MirrorSyncMode.Full ? null : backing;
            await ImageMaker.CreateAsync(
                source.Graph,
                arguments.Target,
                format,
                source.Length,
                named is null ? null : NodeFilename.Of(named),
                named?.Driver.Descriptor.Name);
        }

        NodeFlags flags = source.Flags with { ReadOnly = false, ForceShare = false, DetectZeroes = BlockdevDetectZeroesOptions.Off };
        return await LateBacking.OpenTargetAsync(source, arguments.Target, format, arguments.NodeName, flags, withBacking: false);
    }

    private static MirrorOptions MakeOptions(BlockNode source, BlockNode target, MirrorSyncMode sync, DriveMirror arguments) => new()
    {
        JobId = arguments.JobId ?? source.DeviceName,
        Source = source,
        Target = target,

        // A new image reads as zeroes.
        OverwriteAll = sync == MirrorSyncMode.Full && arguments.Mode == NewImageMode.Existing,
        Replaces = arguments.Replaces,
        BackingMode = arguments.Mode == NewImageMode.Existing ? MirrorBackingMode.Open : MirrorBackingMode.TakeFromSource,
        Speed = arguments.Speed ?? 0,
        BufferSize = arguments.BufSize ?? 0,
        OnSourceError = arguments.OnSourceError ?? BlockdevOnError.Report,
        OnTargetError = arguments.OnTargetError ?? BlockdevOnError.Report,
        Unmap = arguments.Unmap ?? true,
        CopyMode = arguments.CopyMode ?? MirrorCopyMode.Background,
        AutoFinalize = arguments.AutoFinalize ?? true,
        AutoDismiss = arguments.AutoDismiss ?? true,
    };
}
