using QmpHost.Block.Loop;

namespace QmpHost.Block.Jobs;

/// <summary>
/// When a job's code runs and when it rests: it rests only where it waits for being entered, and whoever wants it
/// paused counts as long as he wants that. A job begins with one such wish, which starting it takes back.
/// </summary>
/// <remarks>Used on the host's event loop only.</remarks>
internal sealed class JobCoroutine
{
    private readonly LoopSignal _signal = new();
    private readonly EventLoop _loop;
    private readonly LoopTimer _timer;
    private readonly Action _onIdle;
    private int _pauseCount = 1;
    private bool _runs;

    /// <param name="context">What the host's parts share.</param>
    /// <param name="onIdle">Told when the code begins to rest.</param>
    public JobCoroutine(BlockContext context, Action onIdle)
    {
        _loop = context.Loop;
        _timer = new LoopTimer(context, Enter);
        _onIdle = onIdle;
    }

    /// <summary>Whether the code runs, or waits for anything but being entered.</summary>
    public bool IsBusy { get; private set; }

    /// <summary>Whether it rests at a pause point.</summary>
    public bool IsPaused { get; set; }

    /// <summary>Whether anybody wants it paused.</summary>
    public bool ShouldPause => _pauseCount > 0;

    /// <summary>The code is about to run for the first time.</summary>
    public void Begin()
    {
        _runs = true;
        IsBusy = true;
        _pauseCount--;
    }

    /// <summary>The code has ended; it counts as busy until its end was dealt with.</summary>
    public void End()
    {
        _runs = false;
        _timer.Stop();
    }

    /// <summary>The end of the code was dealt with.</summary>
    public void Rest() => IsBusy = false;

    /// <summary>Lets the code go on, up to its next wait; does nothing if it is busy or has ended.</summary>
    public void Enter()
    {
        if (!_runs || IsBusy)
        {
            return;
        }

        _timer.Stop();
        IsBusy = true;
        _loop.RunWithSlowRequests(static signal => signal.Raise(), _signal);
    }

    /// <summary>Lets the code go on if it sleeps for some time.</summary>
    public void EnterIfSleeping()
    {
        if (_timer.IsRunning)
        {
            Enter();
        }
    }

    /// <summary>Wants it paused.</summary>
    public void Pause()
    {
        _pauseCount++;
        if (!IsPaused)
        {
            Enter();
        }
    }

    /// <summary>No longer wants it paused.</summary>
    public void Resume()
    {
        if (--_pauseCount == 0 && !_timer.IsRunning)
        {
            Enter();
        }
    }

    /// <summary>Takes a wish back without letting the code go on, which the caller does.</summary>
    public void ForgetPause() => _pauseCount--;

    /// <summary>Rests until the code is entered, at the latest after some time; an infinite time is none.</summary>
    public LoopSignal WaitAsync(TimeSpan time)
    {
        _timer.Start(time);
        IsBusy = false;
        _onIdle();
        return _signal;
    }
}
