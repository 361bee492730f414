using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Commands.Hosting;

namespace QmpHost.Commands;

/// <summary>What stopping the guest means to its disks.</summary>
internal static class GuestStop
{
    /// <summary>Stops the guest; a stopped one may be stopped again, which drains and flushes once more.</summary>
    /// <param name="host">The host.</param>
    /// <returns>A task that ends when no request is under way and all that was written is stable, as far as disks let it be.</returns>
    public static async ValueTask StopAsync(HostServices host)
    {
        host.RunState.Stop();
        BlockGraph graph = host.Layer.Graph;
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
