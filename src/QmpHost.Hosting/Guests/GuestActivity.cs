using QmpHost.Block.Loop;

namespace QmpHost.Hosting.Guests;

/// <summary>A workload that runs.</summary>
public sealed class GuestActivity : IAsyncDisposable
{
    private readonly GuestDisk _disk;
    private readonly GuestWorkload _workload;
    private readonly Random _random;
    private readonly CancellationTokenSource _stop = new();
    private long _requests;
    private long _bytesWritten;

    internal GuestActivity(GuestDisk disk, GuestWorkload workload, EventLoop loop)
    {
        if (workload.RequestsPerSecond <= 0 || workload.BlockSizes.Count == 0 || workload.BlockSizes.Any(size => size <= 0 || size > disk.Length))
        {
            throw new ArgumentException("A workload needs a rate, and block sizes that the disk has room for.", nameof(workload));
        }

        _disk = disk;
        _workload = workload;
        _random = new Random(workload.Seed);
        Completion = loop.InvokeAsync(RunAsync);
    }

    /// <summary>Ends when the workload has come to its end or was stopped; fails with a <see cref="GuestIOException"/> when a request does.</summary>
    public Task Completion { get; }

    /// <summary>How many requests have been carried out, flushes not counted.</summary>
    public long Requests => Interlocked.Read(ref _requests);

    /// <summary>How many bytes were written.</summary>
    public long BytesWritten => Interlocked.Read(ref _bytesWritten);

    /// <summary>Stops the guest after the request that is under way.</summary>
    /// <returns>A task that ends when it has stopped; it does not fail where a request did.</returns>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        TimeProvider clock = _disk.Clock;
        long start = clock.GetTimestamp();
        int writes = 0;
        for (long number = 1; number <= (_workload.RequestCount ?? long.MaxValue); number++)
        {
            TimeSpan due = TimeSpan.FromSeconds(number / _workload.RequestsPerSecond) - clock.GetElapsedTime(start);
            await Task.Delay(due > TimeSpan.Zero ? due : TimeSpan.Zero, clock, _stop.Token).ConfigureAwait(
                ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
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
