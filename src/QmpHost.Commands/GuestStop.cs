using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Commands.Hosting;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>What stopping the guest means to its disks.</summary>
internal static class GuestStop
{
    /// <summary>Lets the guest go on, or run as soon as it has come from elsewhere; images that were left to another process are taken back.</summary>
    /// <param name="host">The host.</param>
    /// <exception cref="QmpException">The machine is about to go elsewhere, needs a reset, or an image is in use elsewhere.</exception>
    /// <returns>A task that ends when it goes on.</returns>
    public static async ValueTask ContinueAsync(HostServices host)
    {
        if (host.RunState.NeedsReset)
        {
            throw new QmpException("Resetting the Virtual Machine is required");
        }

        if (host.RunState.State == RunState.FinishMigrate)
        {
            throw new QmpException("Migration is not finalized yet");
        }

        if (host.Layer.Graph.OpenNodes.Any(static node => !node.IsActive))
        {
            await NodeActivation.SetAsync(host.Layer.Graph, null, active: true);
        }

        if (host.RunState.State == RunState.Inmigrate)
        {
            host.RunState.RunsOnArrival = true;
        }
        else
        {
            host.RunState.Resume();
        }
    }

    /// <summary>Stops the guest; a stopped one may be stopped again, which drains and flushes once more.</summary>
    /// <param name="host">The host.</param>
    /// <param name="state">A state that the machine enters even if it did not run, or null where it is to be paused if it runs.</param>
    /// <returns>A task that ends when no request is under way and all that was written is stable, as far as disks let it be.</returns>
    public static async ValueTask StopAsync(HostServices host, RunState? state = null)
    {
        if (state is { } wanted)
        {
            host.RunState.Enter(wanted);
        }
        else if (host.RunState.State == RunState.Inmigrate)
        {
            host.RunState.RunsOnArrival = false;
            return;
        }
        else
        {
            host.RunState.Stop();
        }

        await SettleDisksAsync(host.Layer.Graph);
    }

    /// <summary>Stops the guest for a while, if it runs; one that does not run stays as it is. The disks come to rest in either case.</summary>
    /// <param name="host">The host.</param>
    /// <param name="state">Why it is stopped.</param>
    /// <returns>A task that ends as that of <see cref="StopAsync"/>.</returns>
    public static ValueTask SuspendAsync(HostServices host, RunState state)
    {
        host.RunState.Stop(state);
        return SettleDisksAsync(host.Layer.Graph);
    }

    private static async ValueTask SettleDisksAsync(BlockGraph graph)
    {
        (await graph.DrainAllAsync()).Dispose();
        try
        {
            await graph.FlushAllAsync();
        }
        catch (BlockIOException)
        {
            // The guest has stopped all the same, and nobody asked for the flush.
        }
    }
}
