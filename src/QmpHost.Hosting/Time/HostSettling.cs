using QmpHost.Block.Loop;
using QmpHost.Protocol.Server;

namespace QmpHost.Hosting.Time;

/// <summary>
/// When a host has settled: nothing is ready on its loop, no request is outside, nothing that it has said is unsent, and clients
/// within the process have taken note of it. What is left then waits for the clock or for somebody outside.
/// </summary>
/// <param name="loop">The host's loop.</param>
/// <param name="monitors">Its monitors.</param>
internal sealed class HostSettling(EventLoop loop, MonitorServer monitors)
{
    private static readonly TimeSpan PeerPatience = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<LocalMonitor> _clients = [];
    private int _silentPeers;
    private bool _hasSilentClient;

    /// <summary>Has a client within the process waited for. Any thread.</summary>
    public void Add(LocalMonitor client)
    {
        lock (_clients)
        {
            _clients.RemoveAll(static other => other.IsClosed);
            _clients.Add(client);
        }
    }

    /// <summary>Lets whoever waits go, since the host has ended: who was not heard by then will not be.</summary>
    public void End() => _ended.TrySetResult();

    /// <summary>Waits until the host has settled or ended. On the loop.</summary>
    /// <returns>Whether it has settled.</returns>
    public async Task<bool> SettleAsync()
    {
        Task settled = LookAsync();
        await Task.WhenAny(settled, _ended.Task);
        if (!settled.IsCompleted)
        {
            return false;
        }

        await settled;
        return true;
    }

    private async Task LookAsync()
    {
        // What has come to the loop while the rest was looked at is carried out before the second look.
        for (int quietLooks = 0; quietLooks < 2;)
        {
            await loop.SettleAsync();
            quietLooks = await WaitAsync() ? 0 : quietLooks + 1;
        }
    }

    private async ValueTask<bool> WaitAsync()
    {
        if (loop.RequestsOutside > loop.RequestsAtPeers)
        {
            await loop.WhenRequestsAreBackAsync();
            return true;
        }

        return await WaitForPeersAsync() || await WaitForOutputAsync() || await WaitForClientsAsync();
    }

    // Programs that answer late or never stop neither the host nor its clock: they are waited for once.
    private async ValueTask<bool> WaitForPeersAsync()
    {
        _silentPeers = Math.Min(_silentPeers, loop.RequestsAtPeers);
        if (loop.RequestsAtPeers == _silentPeers)
        {
            return false;
        }

        if (!await CompletesAsync(loop.WhenPeersHaveAnsweredAsync()))
        {
            _silentPeers = loop.RequestsAtPeers;
        }

        return true;
    }

    // Clients that do not read likewise.
    private async ValueTask<bool> WaitForOutputAsync()
    {
        if (monitors.IsAllSent)
        {
            _hasSilentClient = false;
            return false;
        }

        if (_hasSilentClient)
        {
            return false;
        }

        _hasSilentClient = !await CompletesAsync(monitors.WhenAllSentAsync());
        return true;
    }

    private async ValueTask<bool> WaitForClientsAsync()
    {
        Task[] waits;
        lock (_clients)
        {
            // A session that has no room for more requests does not read what its client has sent.
            bool mayReadAll = !monitors.HasFullSession;
            waits = [.. _clients.Select(client => client.WhenQuietAsync(mayReadAll)).Where(static wait => !wait.IsCompleted)];
        }

        await Task.WhenAll(waits);
        return waits.Length > 0;
    }

    private static async ValueTask<bool> CompletesAsync(Task task)
    {
        await task.WaitAsync(PeerPatience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        return task.IsCompleted;
    }
}
