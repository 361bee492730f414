using QmpHost.Block.Core;
using QmpHost.Block.Graph.Interception;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Requests;

/// <summary>Flushes: to the system, to the disk, and on to the children; what nothing was written to is left out.</summary>
internal static class FlushRequests
{
    public static ValueTask FlushAsync(RequestPath path)
        => path.Node.ReadOnly ? ValueTask.CompletedTask : FlushInOrderAsync(path);

    private static async ValueTask FlushInOrderAsync(RequestPath path)
    {
        path.Enter();
        try
        {
            long generation = path.Flushes.Generation;
            while (path.Flushes.Active is { } active)
            {
                await active;
            }

            var completion = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            path.Flushes.Active = completion.Task;
            try
            {
                await FlushNodeAsync(path, generation);
            }
            finally
            {
                path.Flushes.Active = null;
                completion.SetResult();
            }
        }
        finally
        {
            path.Leave();
        }
    }

    private static async ValueTask FlushNodeAsync(RequestPath path, long generation)
    {
        BlockNode node = path.Node;
        if (path.Driver.FlushesChildren)
        {
            await DriverAccess.FlushToDiskAsync(path);
            return;
        }

        await node.RaiseOnPrimaryAsync(BlkdebugEvent.FlushToOs);
        await path.Driver.FlushToOsAsync();
        if (!path.NoFlush && !path.Flushes.IsFlushed(generation))
        {
            await node.RaiseOnPrimaryAsync(BlkdebugEvent.FlushToDisk);
            await DriverAccess.FlushToDiskAsync(path);
            path.Flushes.NoteFlush(generation);
        }

        await FlushChildrenAsync(node);
    }

    private static async ValueTask FlushChildrenAsync(BlockNode node)
    {
        BlockIOException? first = null;
        for (int i = 0; i < node.Children.Count; i++)
        {
            BlockChild child = node.Children[i];
            if ((child.Used & (BlockPermissions.Write | BlockPermissions.WriteUnchanged)) == 0)
            {
                continue;
            }

            try
            {
                await child.FlushAsync();
            }
            catch (BlockIOException e)
            {
                first ??= e;
            }
        }

        if (first is not null)
        {
            throw new BlockIOException(first.Errno, first);
        }
    }
}
