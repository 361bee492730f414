using System.Diagnostics;
using QmpHost.Hosting;

namespace QmpHost.Control.Hosts;

/// <summary>Moves a virtual clock as real time passes, until it is disposed: a clock that can be paused.</summary>
internal sealed class RunningClock : IAsyncDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(2);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public RunningClock(BlockHost host, double speed) => _running = RunAsync(host, speed);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync(BlockHost host, double speed)
    {
        using var timer = new PeriodicTimer(Step);
        long last = Stopwatch.GetTimestamp();
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                long now = Stopwatch.GetTimestamp();
                await host.Clock.AdvanceAsync(Stopwatch.GetElapsedTime(last, now) * speed);
                last = now;
            }
        }
        catch (OperationCanceledException)
        {
        }
    }
}
