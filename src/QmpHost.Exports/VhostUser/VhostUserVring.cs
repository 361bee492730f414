using QmpHost.Block.Loop;
using QmpHost.Exports.Memory;
using QmpHost.Exports.Virtio;

namespace QmpHost.Exports.VhostUser;

/// <summary>One queue of a front end: what it has said of it, and the requests on it.</summary>
/// <remarks>Used on the host's loop only.</remarks>
/// <param name="loop">The host's loop.</param>
/// <param name="handler">What carries requests out.</param>
/// <param name="fail">Called where the guest broke the rules: the connection ends.</param>
internal sealed class VhostUserVring(EventLoop loop, VirtioBlkHandler handler, Action<VirtioException> fail) : IDisposable
{
    private EventDescriptor? _kick;
    private EventDescriptor? _call;
    private EventDescriptor? _error;
    private GuestMemory? _memory;
    private Virtqueue? _queue;
    private TaskCompletionSource? _idle;
    private int _running;
    private int _isScheduled;

    /// <summary>The most requests that it may hold.</summary>
    public int Size { get; set; }

    /// <summary>The index at which it begins.</summary>
    public ushort BaseIndex { get; set; }

    /// <summary>The front end's addresses of descriptors, available and used ring.</summary>
    public (ulong Descriptors, ulong Available, ulong Used) Addresses { get; set; }

    /// <summary>Whether requests are taken. A front end that never says so means it.</summary>
    public bool IsEnabled { get; private set; } = true;

    /// <summary>Whether it has been started and not stopped again.</summary>
    public bool IsStarted => _queue is not null;

    /// <summary>Says whether requests are taken.</summary>
    /// <param name="enabled">Whether they are.</param>
    public void Enable(bool enabled)
    {
        IsEnabled = enabled;
        Schedule();
    }

    /// <summary>Starts it.</summary>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="features">What the two sides agreed on.</param>
    /// <param name="kick">By which the guest tells of requests, or null.</param>
    /// <exception cref="VirtioException">What the front end has said of it does not make a queue.</exception>
    public void Start(GuestMemory memory, VirtioFeatures features, EventDescriptor? kick)
    {
        _kick?.Dispose();
        _kick = kick;
        if (_queue is null)
        {
            _queue = Virtqueue.Open(memory, features, Size, BaseIndex, Addresses);
            _memory = memory;
            memory.Hold();
        }

        try
        {
            _kick?.Listen(Schedule);
        }
        catch (IOException)
        {
            throw new VirtioException("Invalid kick descriptor");
        }

        Schedule();
    }

    /// <summary>Moves it to another description of the same memory.</summary>
    /// <param name="memory">The guest's memory.</param>
    /// <exception cref="VirtioException">It is not there any more.</exception>
    public void Move(GuestMemory memory)
    {
        if (_queue is { } queue && _memory is { } old)
        {
            queue.Move(memory, Addresses);
            _memory = memory;
            memory.Hold();
            old.Release();
        }
    }

    /// <summary>Sets the descriptor by which the guest is told of answers.</summary>
    /// <param name="call">The descriptor, or null.</param>
    public void SetCall(EventDescriptor? call)
    {
        _call?.Dispose();
        _call = call;
        _call?.Signal();
    }

    /// <summary>Sets the descriptor by which the front end is told of errors.</summary>
    /// <param name="error">The descriptor, or null.</param>
    public void SetError(EventDescriptor? error)
    {
        _error?.Dispose();
        _error = error;
    }

    /// <summary>Tells the front end of an error on this queue.</summary>
    public void SignalError() => _error?.Signal();

    /// <summary>Stops it and waits until its requests are finished.</summary>
    /// <returns>A task with the index at which it goes on.</returns>
    public async Task<ushort> StopAsync()
    {
        Virtqueue? queue = _queue;
        _queue = null;
        _kick?.Dispose();
        _kick = null;
        while (_running > 0)
        {
            _idle ??= new TaskCompletionSource();
            await _idle.Task;
        }

        if (queue is not null)
        {
            BaseIndex = queue.NextIndex;
            _memory!.Release();
            _memory = null;
        }

        _call?.Dispose();
        _call = null;
        return BaseIndex;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _kick?.Dispose();
        _call?.Dispose();
        _error?.Dispose();
    }

    // On any thread.
    private void Schedule()
    {
        if (Interlocked.Exchange(ref _isScheduled, 1) == 0 && !loop.TryRun(static self => ((VhostUserVring)self!).Process(), this))
        {
            loop.Post(static self => ((VhostUserVring)self!).Process(), this);
        }
    }

    private void Process()
    {
        Volatile.Write(ref _isScheduled, 0);
        try
        {
            // No more at a time than the queue holds: others have their turn, too.
            for (int i = 0; _queue is { } queue && IsEnabled; i++)
            {
                if (i == queue.Size)
                {
                    Schedule();
                    return;
                }

                if (queue.TryTake() is { } chain)
                {
                    _ = RunAsync(queue, _memory!, chain);
                }
                else if (queue.TryRest())
                {
                    return;
                }
            }
        }
        catch (VirtioException e)
        {
            fail(e);
        }
    }

    private async Task RunAsync(Virtqueue queue, GuestMemory memory, DescriptorChain chain)
    {
        _running++;
        memory.Hold();
        try
        {
            Finish(queue, chain, await handler.RunAsync(chain));
        }
        catch (VirtioException e)
        {
            fail(e);
        }
        finally
        {
            queue.CountOut();
            memory.Release();
            if (--_running == 0)
            {
                TaskCompletionSource? idle = _idle;
                _idle = null;
                idle?.SetResult();
            }
        }
    }

    private void Finish(Virtqueue queue, DescriptorChain chain, uint? written)
    {
        if (written is { } bytes && queue.GiveBack(chain, bytes))
        {
            _call?.Signal();
        }
    }
}
