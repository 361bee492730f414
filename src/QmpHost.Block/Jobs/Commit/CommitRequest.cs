using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Queries;
using QmpHost.Block.Jobs.Mirror;
using QmpHost.Block.Loop;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Jobs.Commit;

/// <summary>block-commit: looks up what it names, checks it in QEMU's order, and starts the kind of job that it takes.</summary>
/// <remarks>Used in main turns only.</remarks>
public static class CommitRequest
{
    /// <summary>Starts the job.</summary>
    /// <param name="jobs">The host's jobs.</param>
    /// <param name="arguments">The command's arguments.</param>
    /// <exception cref="QmpException">It could not be started; nothing is left behind.</exception>
    /// <returns>A task that ends with the command; the job goes on.</returns>
    public static async ValueTask RunAsync(JobManager jobs, BlockCommitArguments arguments)
    {
        ArgumentNullException.ThrowIfNull(jobs);
        ArgumentNullException.ThrowIfNull(arguments);
        BlockNode active = FindActive(jobs.Graph, arguments.Device);
        active.OpBlockers.Check(BlockOperation.CommitSource, active.DeviceOrNodeName);
        BlockNode top = FindTop(jobs.Graph, active, arguments);
        BlockNode lowest = FindBase(jobs.Graph, top, arguments);
        for (BlockNode? node = top; node is not null; node = node == lowest ? null : (node.FilteredChild ?? node.CowChild)?.Node)
        {
            node.OpBlockers.Check(BlockOperation.CommitTarget, node.DeviceOrNodeName);
        }

        if (top == lowest)
        {
            throw new QmpException("cannot commit an image into itself");
        }

        bool isActive = BackingChain.SkipFilters(top) == BackingChain.SkipFilters(active);
        if (isActive || top.Parents.Any(static edge => (edge.Used & BlockPermissions.Write) != 0))
        {
            if (arguments.BackingFile is not null)
            {
                throw new QmpException($"'backing-file' specified, but 'top' {(isActive ? "is the active layer" : "has a writer on it")}");
            }

            await StartActiveAsync(jobs, active, top, lowest, arguments);
        }
        else
        {
            CheckOverlay(active, top);
            await StartAsync(jobs, active, top, lowest, arguments);
        }

        await jobs.PollAsync();
    }

    // Clients learn from the class of this error what commits there are: it comes before all others.
    private static BlockNode FindActive(BlockGraph graph, string device)
    {
        BlockNode node;
        try
        {
            node = graph.LookUp(device);
        }
        catch (QmpException) when (graph.FindBackend(device) is null)
        {
            throw new QmpException(QmpErrorClass.DeviceNotFound, $"Device '{device}' not found");
        }

        return graph.LookUpRoot(node.NodeName);
    }

    private static BlockNode FindTop(BlockGraph graph, BlockNode active, BlockCommitArguments arguments)
    {
        if (arguments.TopNode is not null && arguments.Top is not null)
        {
            throw new QmpException("'top-node' and 'top' are mutually exclusive");
        }

        if (arguments.TopNode is { } name)
        {
            BlockNode node = graph.LookUpNode(name);
            return BackingChain.Contains(active, node) ? node : throw new QmpException($"'{name}' is not in this backing file chain");
        }

        if (arguments.Top is not { } filename || NodeFilename.Of(active) == filename)
        {
            return active;
        }

        return BackingChain.FindImage(active, filename) ?? throw new QmpException($"Top image file {filename} not found");
    }

    private static BlockNode FindBase(BlockGraph graph, BlockNode top, BlockCommitArguments arguments)
    {
        if (arguments.BaseNode is not null && arguments.Base is not null)
        {
            throw new QmpException("'base-node' and 'base' are mutually exclusive");
        }

        if (arguments.BaseNode is { } name)
        {
            BlockNode node = graph.LookUpNode(name);
            return BackingChain.Contains(top, node) ? node : throw new QmpException($"'{name}' is not in this backing file chain");
        }

        if (arguments.Base is { } filename)
        {
            return BackingChain.FindImage(top, filename) ?? throw new QmpException($"Can't find '{filename}' in the backing chain");
        }

        return BackingChain.Lowest(top);
    }

    private static void CheckOverlay(BlockNode active, BlockNode top)
    {
        if (BackingChain.FindOverlay(active, top) is { } overlay)
        {
            overlay.OpBlockers.Check(BlockOperation.CommitTarget, overlay.DeviceOrNodeName);
        }
    }

    private static async ValueTask StartActiveAsync(
        JobManager jobs, BlockNode active, BlockNode top, BlockNode lowest, BlockCommitArguments arguments)
    {
        bool wasReadOnly = lowest.ReadOnly;
        if (wasReadOnly)
        {
            await ReadOnlySwitch.SetAsync(lowest, readOnly: false);
        }

        try
        {
            BlockdevOnError onError = arguments.OnError ?? BlockdevOnError.Report;
            await MirrorJob.StartAsync(jobs, new MirrorOptions
            {
                JobId = arguments.JobId ?? active.DeviceName,
                IsCommit = true,
                Source = top,
                Target = lowest,
                Base = lowest,
                Speed = arguments.Speed ?? 0,
                OnSourceError = onError,
                OnTargetError = onError,
                FilterNodeName = arguments.FilterNodeName,
                TargetWasReadOnly = wasReadOnly,
                AutoFinalize = arguments.AutoFinalize ?? true,
                AutoDismiss = arguments.AutoDismiss ?? true,
            });
        }
        catch when (wasReadOnly)
        {
            await ReadOnlySwitch.TrySetAsync(lowest, readOnly: true);
            throw;
        }
    }

    private static ValueTask StartAsync(
        JobManager jobs, BlockNode active, BlockNode top, BlockNode lowest, BlockCommitArguments arguments)
        => CommitJob.StartAsync(jobs, new CommitOptions
        {
            JobId = arguments.JobId ?? active.DeviceName,
            Active = active,
            Top = top,
            Base = lowest,
            BackingFile = arguments.BackingFile,
            MasksProtocol = arguments.BackingMaskProtocol == true,
            Speed = arguments.Speed ?? 0,
            OnError = arguments.OnError ?? BlockdevOnError.Report,
            FilterNodeName = arguments.FilterNodeName,
            AutoFinalize = arguments.AutoFinalize ?? true,
            AutoDismiss = arguments.AutoDismiss ?? true,
        });
}
