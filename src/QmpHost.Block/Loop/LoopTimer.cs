namespace QmpHost.Block.Loop;

/// <summary>A timer on the host's clock whose callback runs on the event loop, and never after it was stopped.</summary>
internal sealed class LoopTimer(BlockContext context, Action callback)
{
    private ITimer? _timer;

    /// <summary>Whether the callback is still to come.</summary>
    public bool IsRunning => _timer is not null;

    /// <summary>Starts the timer; an infinite time starts nothing.</summary>
    public void Start(TimeSpan time)
    {
        Stop();
        if (time == Timeout.InfiniteTimeSpan)
        {
            return;
        }

        ITimer? timer = null;
        timer = context.Clock.CreateTimer(
            _ => context.Loop.Post(_ => Elapse(timer!), null), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer = timer;
        timer.Change(time, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Stops the timer.</summary>
    public void Stop()
    {
        _timer?.Dispose();
        _timer = null;
    }

    private void Elapse(ITimer timer)
    {
        if (ReferenceEquals(timer, _timer))
        {
            Stop();
            callback();
        }
    }
}
