using QmpHost.Sessions;

namespace QmpHost.IoTests.Harness;

/// <summary>A target whose hosts are killed after a while.</summary>
public sealed class KillingTarget(ISessionTarget target, TimeSpan after) : ISessionTarget
{
    /// <inheritdoc/>
    public string Name => target.Name;

    /// <inheritdoc/>
    public async ValueTask<ISessionHost> StartAsync(SessionStart start, CancellationToken cancellationToken)
    {
        ISessionHost host = await target.StartAsync(start, cancellationToken);
        _ = KillAsync(host);
        return host;
    }

    private async Task KillAsync(ISessionHost host)
    {
        if (await Task.WhenAny(host.Exit, Task.Delay(after)) != host.Exit)
        {
            host.Signal(SessionSignal.Kill);
        }
    }
}
