using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Drain;
using QmpHost.Qapi;

namespace QmpHost.Block.Jobs.Commit;

/// <summary>"commit" of the human monitor: writes what a disk's image holds to the image below, and empties it, in one go.</summary>
/// <remarks>Used on the host's event loop, in main turns only: nobody uses the disk until it is done.</remarks>
public static class OverlayCommit
{
    private const int Chunk = 1 << 20;

    /// <summary>Commits every disk that has an image below its own.</summary>
    /// <param name="graph">The graph.</param>
    /// <exception cref="BlockIOException">One failed; those before it are done.</exception>
    /// <returns>A task that ends when all are done.</returns>
    public static async ValueTask RunAllAsync(BlockGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        foreach (BlockNode disk in graph.BackendRoots.Distinct().ToArray())
        {
            if (disk.CowChild is not null)
            {
                await RunAsync(disk);
            }
        }
    }

    /// <summary>Commits a disk.</summary>
    /// <param name="top">The disk's node.</param>
    /// <exception cref="BlockIOException">
    /// ENOTSUP: there is no image below; EBUSY: a job uses one of both; EPERM: the disk cannot be written to; or what a request gave.
    /// </exception>
    /// <returns>A task that ends when it is done.</returns>
    public static async ValueTask RunAsync(BlockNode top)
    {
        ArgumentNullException.ThrowIfNull(top);
        BlockNode below = top.CowChild?.Node ?? throw new BlockIOException(Errno.ENOTSUP);
        CheckIdle(top, below);
        using DrainedSection drained = await top.DrainAsync();
        bool wasReadOnly = below.ReadOnly;
        if (wasReadOnly)
        {
            await ReadOnlySwitch.TrySetAsync(below, readOnly: false);
        }

        try
        {
            await CopyAsync(top, below);
        }
        catch (QmpException e)
        {
            throw new BlockIOException(Errno.EPERM, e);
        }
        finally
        {
            if (wasReadOnly)
            {
                await ReadOnlySwitch.TrySetAsync(below, readOnly: true);
            }
        }
    }

    private static void CheckIdle(BlockNode top, BlockNode below)
    {
        try
        {
            top.OpBlockers.Check(BlockOperation.CommitSource, top.DeviceOrNodeName);
            below.OpBlockers.Check(BlockOperation.CommitTarget, below.DeviceOrNodeName);
        }
        catch (QmpException e)
        {
            throw new BlockIOException(Errno.EBUSY, e);
        }
    }

    // The filter lets the image below be written to while the disk above reads it.
    private static async ValueTask CopyAsync(BlockNode top, BlockNode below)
    {
        BlockGraph graph = top.Graph;
        BlockNode filter = await graph.InsertFilterAsync(below, "backing", new CommitTopDriver(), null, readOnly: true);
        var target = new BlockBackend(
            graph, "", BlockPermissions.Write | BlockPermissions.Resize, BlockPermissions.All);
        try
        {
            target.Insert(below);
            await CopyAsync(top, filter, target.Child);
        }
        finally
        {
            await target.DeleteAsync();
            await graph.RemoveFilterAsync(filter);
            await graph.UnrefAsync(filter);
        }
    }

    private static async ValueTask CopyAsync(BlockNode top, BlockNode filter, BlockChild target)
    {
        bool empties = top.Driver.SupportsMakeEmpty;
        BlockPermissions used = BlockPermissions.ConsistentRead | (empties ? BlockPermissions.Write : BlockPermissions.None);
        var source = new BlockBackend(top.Graph, "", used, BlockPermissions.All);
        try
        {
            source.Insert(top);
            if (target.Node.Length < top.Length)
            {
                await target.TruncateAsync(top.Length);
            }

            await CopyDataAsync(source.Child, filter, target);
            await target.FlushAsync();
            if (empties)
            {
                await top.Driver.MakeEmptyAsync();
                await source.Child.FlushAsync();
            }
        }
        finally
        {
            await source.DeleteAsync();
        }
    }

    private static async ValueTask CopyDataAsync(BlockChild source, BlockNode filter, BlockChild target)
    {
        byte[] buffer = new byte[Chunk];
        long length = source.Node.Length;
        for (long offset = 0; offset < length;)
        {
            (bool isAllocated, long bytes, _) = await source.Node.IsAllocatedAboveAsync(
                filter, includeBelow: false, offset, Math.Min(Chunk, length - offset));
            if (isAllocated)
            {
                Memory<byte> data = buffer.AsMemory(0, (int)bytes);
                await source.ReadAsync(offset, data);
                await target.WriteAsync(offset, data);
            }

            offset += bytes;
        }
    }
}
