using QmpHost.Block.Loop;

namespace QmpHost.Hosting.Guests;

/// <summary>A workload that runs.</summary>
public sealed class GuestActivity : IAsyncDisposable
{
    private readonly GuestDisk _disk;
    private readonly GuestWorkload _workload;
    private readonly Random _random;
    private readonly CancellationTokenSource _stop;
    private long _requests;
    private long _bytesWritten;

    internal GuestActivity(GuestDisk disk, GuestWorkload workload, EventLoop loop, CancellationToken ending)
    {
        if (workload.RequestsPerSecond <= 0 || workload.BlockSizes.Count == 0 || workload.BlockSizes.Any(size => size <= 0 || size > disk.Length))
        {
            throw new ArgumentException("A workload needs a rate, and block sizes that the disk has room for.", nameof(workload));
        }

        _disk = disk;
        _workload = workload;
        _random = new Random(workload.Seed);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(ending);
        Completion = loop.InvokeAsync(RunAsync);
    }

    /// <summary>Ends when the workload has come to its end or was stopped, or the host ends; fails with a <see cref="GuestIOException"/> when a request does.</summary>
    public Task Completion { get; }

    /// <summary>How many requests have been carried out, flushes not counted.</summary>
    public long Requests => Interlocked.Read(ref _requests);

    /// <summary>How many bytes were written.</summary>
    public long BytesWritten => Interlocked.Read(ref _bytesWritten);

    /// <summary>Stops the guest after the request that is under way.</summary>
    /// <returns>A task that ends when it has stopped; it does not fail where a request did.</returns>
    public async ValueTask DisposeAsync()
    {
        // May be stopped again: the source has no timer, and need not be disposed.
        await _stop.CancelAsync().ConfigureAwait(false);
        await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RunAsync()
    {
        TimeProvider clock = _disk.Clock;
        long start = clock.GetTimestamp();
        int writes = 0;
        for (long number = 1; number <= (_workload.RequestCount ?? long.MaxValue); number++)
        {
            var due = TimeSpan.FromTicks((long)Math.Round(number * TimeSpan.TicksPerSecond / _workload.RequestsPerSecond));
            await WaitAsync(clock, due - clock.GetElapsedTime(start));
            if (_stop.IsCancellationRequested)
            {
                return;
            }

            if (await RequestAsync() && ++writes == _workload.WritesBetweenFlushes)
            {
                writes = 0;
                await _disk.FlushAsync();
            }
        }
    }

    // Task.Delay knows whole milliseconds only, and would have requests of the next one come early.
    private async Task WaitAsync(TimeProvider clock, TimeSpan time)
    {
        if (time <= TimeSpan.Zero)
        {
            await Task.Yield();
            return;
        }

        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using ITimer timer = clock.CreateTimer(static over => ((TaskCompletionSource)over!).TrySetResult(), over, time, Timeout.InfiniteTimeSpan);
        using CancellationTokenRegistration stop = _stop.Token.Register(static over => ((TaskCompletionSource)over!).TrySetResult(), over);
        await over.Task;
    }

    // Whether it was a write.
    private async ValueTask<bool> RequestAsync()
    {
        int length = _workload.BlockSizes[_random.Next(_workload.BlockSizes.Count)];
        bool isHot = _random.NextDouble() < _workload.HotRequestShare;
        long area = Math.Max(length, (long)(_disk.Length * (isHot ? _workload.HotSetShare : 1)));
        long offset = _random.NextInt64(area / length) * length;
        if (_random.NextDouble() < _workload.ReadShare)
        {
            await _disk.ReadAsync(offset, length);
            Interlocked.Increment(ref _requests);
            return false;
        }

        byte[] data = new byte[length];
        _random.NextBytes(data);
        await _disk.WriteAsync(offset, data);
        Interlocked.Increment(ref _requests);
        Interlocked.Add(ref _bytesWritten, length);
        return true;
    }
}
