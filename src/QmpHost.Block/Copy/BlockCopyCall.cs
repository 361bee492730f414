using QmpHost.Block.Core;
using QmpHost.Block.Loop;

namespace QmpHost.Block.Copy;

/// <summary>One request to copy what is dirty of an area, possibly under way.</summary>
/// <remarks>Used on the host's event loop only.</remarks>
public sealed class BlockCopyCall
{
    private readonly LoopSignal _signal = new();
    private readonly EventLoop _loop;
    private readonly LoopTimer _timer;
    private readonly Action<BlockCopyCall>? _onFinished;
    private TaskCompletionSource? _finished;
    private int _running;
    private bool _rests;

    internal BlockCopyCall(BlockContext context, long offset, long bytes, BlockCopyOptions options, Action<BlockCopyCall>? onFinished)
    {
        Offset = offset;
        Bytes = bytes;
        Options = options;
        _onFinished = onFinished;
        _loop = context.Loop;
        _timer = new LoopTimer(context, _signal.Raise);
    }

    /// <summary>Start of the area in bytes, on a cluster.</summary>
    public long Offset { get; }

    /// <summary>Length of the area in bytes, in whole clusters.</summary>
    public long Bytes { get; }

    /// <summary>How it copies.</summary>
    public BlockCopyOptions Options { get; }

    /// <summary>Whether nothing of it is under way any more.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>Whether it was cancelled before everything was copied.</summary>
    public bool IsCancelled { get; private set; }

    /// <summary>The first error, or <see cref="Errno.None"/>.</summary>
    public Errno Error { get; private set; }

    /// <summary>Whether reading failed rather than writing.</summary>
    public bool ErrorIsRead { get; private set; }

    /// <summary>Whether everything was copied.</summary>
    public bool HasSucceeded => IsFinished && !IsCancelled && Error == Errno.None;

    internal bool MayGoOn => !IsCancelled && Error == Errno.None;

    /// <summary>Starts nothing more. What is under way still ends by itself.</summary>
    public void Cancel()
    {
        if (!IsFinished)
        {
            IsCancelled = true;
            Kick();
        }
    }

    /// <summary>Lets a call look at the limits again that waits because of one.</summary>
    public void Kick()
    {
        if (_timer.IsRunning || _rests)
        {
            _timer.Stop();
            _rests = false;
            _loop.RunWithSlowRequests(static signal => signal.Raise(), _signal);
        }
    }

    /// <summary>Waits until nothing of the call is under way.</summary>
    /// <returns>A task that ends then; it does not fail.</returns>
    public Task WaitFinishedAsync() => IsFinished ? Task.CompletedTask : (_finished ??= new TaskCompletionSource()).Task;

    internal async ValueTask SleepAsync(TimeSpan time)
    {
        _timer.Start(time);
        // An error of what is under way wakes nobody: it is told when the limit lets the call go on. A cancellation stops the timer.
        while (_timer.IsRunning)
        {
            await _signal;
        }
    }

    /// <summary>Waits, with nothing under way, until somebody kicks the call because the limit of its progress has changed.</summary>
    internal async ValueTask RestAtLimitAsync(JobProgress progress)
    {
        await WaitForWorkersAsync();
        if (!MayGoOn || progress.Room(0, 1) != 0)
        {
            return;
        }

        _rests = true;
        progress.LimitReached?.Invoke();
        while (_rests && MayGoOn)
        {
            await _signal;
        }

        _rests = false;
    }

    /// <summary>Waits until one more area may be copied.</summary>
    internal async ValueTask WaitForWorkerAsync()
    {
        while (_running >= Options.MaxWorkers)
        {
            await _signal;
        }
    }

    /// <summary>Waits until no area is being copied.</summary>
    internal async ValueTask WaitForWorkersAsync()
    {
        while (_running > 0)
        {
            await _signal;
        }
    }

    internal void OnWorkerStarted() => _running++;

    internal void OnWorkerEnded()
    {
        _running--;
        _signal.Raise();
    }

    internal void Fail(Errno errno, bool isRead)
    {
        if (Error == Errno.None)
        {
            Error = errno;
            ErrorIsRead = isRead;
        }
    }

    internal void Finish()
    {
        IsFinished = true;
        _timer.Stop();
        TaskCompletionSource? finished = _finished;
        _finished = null;
        finished?.SetResult();
        _onFinished?.Invoke(this);
    }
}
