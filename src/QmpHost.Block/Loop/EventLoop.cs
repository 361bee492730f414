using System.Collections.Concurrent;
using System.Diagnostics;

namespace QmpHost.Block.Loop;

/// <summary>
/// The one logical thread of a host: callbacks run one at a time, in the order in which they were posted, on
/// whichever thread of the pool is free. Code that awaits on the loop continues on the loop.
/// </summary>
/// <remarks>
/// There is no dedicated operating-system thread, so an idle host costs memory only. All members may be used from
/// any thread.
/// </remarks>
public sealed class EventLoop : SynchronizationContext, IThreadPoolWorkItem
{
    private const int BatchSize = 256;

    private readonly ConcurrentQueue<(SendOrPostCallback Callback, object? State)> _queue = new();
    private readonly Stack<(SendOrPostCallback Callback, object? State)> _deferred = new();
    private readonly Queue<TaskCompletionSource> _deferredCode = new();
    private volatile ReadyShuffle? _shuffle;
    private TaskCompletionSource? _requestsBack;
    private TaskCompletionSource? _peersAnswered;
    private int _scheduled;
    private int _slowRequests;

    /// <summary>Makes a loop.</summary>
    /// <param name="shuffleSeed">
    /// Runs what is ready in an order that this number decides instead of that in which it was posted, for tests that look for
    /// code that relies on luck; null for the order of posting.
    /// </param>
    public EventLoop(int? shuffleSeed = null)
    {
        if (shuffleSeed is { } seed)
        {
            Shuffle(seed);
        }
    }

    /// <summary>Raised on the loop for an exception that a posted callback let escape; the loop goes on.</summary>
    public event Action<Exception>? UnhandledException;

    /// <summary>Whether the caller runs on this loop.</summary>
    public bool IsCurrent => ReferenceEquals(Current, this);

    /// <summary>
    /// Whether requests shall not be done at once even where they could be: see <see cref="RunWithSlowRequests{T}"/>. On the loop only.
    /// </summary>
    public bool HasSlowRequests => _slowRequests > 0;

    /// <summary>
    /// Requests that threads, sockets or disks have and whose ends come back to the loop: what else is waited for is timers and
    /// turns of the loop itself. On the loop only.
    /// </summary>
    public int RequestsOutside { get; private set; }

    /// <summary>
    /// Those of <see cref="RequestsOutside"/> that another program has to answer, which may take any time. On the loop only.
    /// </summary>
    public int RequestsAtPeers { get; private set; }

    /// <summary>
    /// Runs what is ready in an order that a number decides, for tests that look for code that relies on luck. On the loop, once.
    /// </summary>
    /// <param name="seed">The number; the same order for the same one.</param>
    public void Shuffle(int seed) => _shuffle ??= new ReadyShuffle(seed);

    /// <summary>Notes that a request leaves the loop. On the loop only.</summary>
    public void BeginOutside() => RequestsOutside++;

    /// <summary>Notes that a request is back. On the loop only.</summary>
    public void EndOutside()
    {
        RequestsOutside--;
        if (RequestsOutside == RequestsAtPeers && Interlocked.Exchange(ref _requestsBack, null) is { } back)
        {
            back.SetResult();
        }
    }

    /// <summary>Notes that a request leaves the loop for another program. On the loop only.</summary>
    public void BeginAtPeer()
    {
        RequestsAtPeers++;
        BeginOutside();
    }

    /// <summary>Notes that another program has answered a request, or never will. On the loop only.</summary>
    public void EndAtPeer()
    {
        RequestsAtPeers--;
        EndOutside();
        if (RequestsAtPeers == 0 && Interlocked.Exchange(ref _peersAnswered, null) is { } answered)
        {
            answered.SetResult();
        }
    }

    /// <summary>Waits until no request is outside but those at other programs. On the loop only.</summary>
    /// <returns>A task that completes in a turn of its own.</returns>
    public Task WhenRequestsAreBackAsync()
        => RequestsOutside == RequestsAtPeers ? Task.CompletedTask : (_requestsBack ??= NewSource()).Task;

    /// <summary>Waits until no request is at another program. On the loop only.</summary>
    /// <returns>A task that completes in a turn of its own.</returns>
    public Task WhenPeersHaveAnsweredAsync() => RequestsAtPeers == 0 ? Task.CompletedTask : (_peersAnswered ??= NewSource()).Task;

    /// <summary>Lets a thread of the pool compute something, as a request that is outside of the loop on which the caller runs.</summary>
    /// <typeparam name="T">The result's type.</typeparam>
    /// <param name="work">The work, which touches nothing of the loop.</param>
    /// <returns>A task with its result.</returns>
    public static async Task<T> OffloadAsync<T>(Func<T> work)
    {
        var loop = Current as EventLoop;
        loop?.BeginOutside();
        try
        {
            return await Task.Run(work);
        }
        finally
        {
            loop?.EndOutside();
        }
    }

    /// <summary>As <see cref="OffloadAsync{T}"/>, for work without a result.</summary>
    /// <param name="work">The work, which touches nothing of the loop.</param>
    /// <returns>A task that ends with the work.</returns>
    public static Task OffloadAsync(Action work) => OffloadAsync(() =>
    {
        work();
        return true;
    });

    /// <summary>Fails where the caller does not run on this loop; in Debug builds only.</summary>
    /// <exception cref="InvalidOperationException">The caller runs elsewhere.</exception>
    [Conditional("DEBUG")]
    public void VerifyAccess()
    {
        if (!IsCurrent)
        {
            throw new InvalidOperationException("What belongs to a host's event loop is used outside of it.");
        }
    }

    /// <summary>Queues a callback behind all that were posted before it.</summary>
    /// <param name="d">The callback.</param>
    /// <param name="state">Its argument.</param>
    public override void Post(SendOrPostCallback d, object? state)
    {
        _queue.Enqueue((d, state));
        Schedule();
    }

    /// <summary>Blocking calls into the loop would invite deadlocks: not supported off the loop.</summary>
    /// <param name="d">The callback, run at once when the caller is on the loop.</param>
    /// <param name="state">Its argument.</param>
    /// <exception cref="NotSupportedException">The caller is not on the loop.</exception>
    public override void Send(SendOrPostCallback d, object? state)
    {
        if (!IsCurrent)
        {
            throw new NotSupportedException("An event loop takes no blocking calls: post and await instead.");
        }

        d(state);
    }

    /// <inheritdoc/>
    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs asynchronous work on the loop and gives its outcome to a caller on any thread.</summary>
    /// <param name="work">The work; it starts on the loop.</param>
    /// <returns>A task that ends with the work, with its exception if it failed.</returns>
    public Task InvokeAsync(Func<Task> work) => InvokeAsync(async () =>
    {
        await work();
        return true;
    });

    /// <summary>Runs asynchronous work on the loop and gives its result to a caller on any thread.</summary>
    /// <typeparam name="T">The result's type.</typeparam>
    /// <param name="work">The work; it starts on the loop.</param>
    /// <returns>A task with the work's result, or its exception if it failed.</returns>
    public Task<T> InvokeAsync<T>(Func<Task<T>> work)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(static async state =>
        {
            var (work, completion) = ((Func<Task<T>>, TaskCompletionSource<T>))state!;
            try
            {
                completion.SetResult(await work());
            }
            catch (OperationCanceledException e)
            {
                completion.SetCanceled(e.CancellationToken);
            }
            catch (Exception e)
            {
                completion.SetException(e);
            }
        }, (work, completion));
        return completion.Task;
    }

    /// <summary>
    /// The door for data transfer: runs a callback on the caller's thread, as a turn of the loop, if the loop is idle. The
    /// caller saves a change of threads; nothing else differs from <see cref="Post"/>.
    /// </summary>
    /// <param name="d">The callback; short, and never blocking.</param>
    /// <param name="state">Its argument.</param>
    /// <returns>False when the loop is busy or the caller is on a loop: nothing was run, and the caller may post.</returns>
    public bool TryRun(SendOrPostCallback d, object? state)
    {
        if (!_queue.IsEmpty || _shuffle is not null || Current is EventLoop || Interlocked.CompareExchange(ref _scheduled, 1, 0) != 0)
        {
            return false;
        }

        RunTurn(d, state);
        return true;
    }

    /// <summary>An awaitable that lets everything queued so far run first.</summary>
    /// <returns>A task that completes in a later turn of the loop.</returns>
    public Task YieldAsync()
    {
        var completion = new TaskCompletionSource();
        Post(static state => ((TaskCompletionSource)state!).SetResult(), completion);
        return completion.Task;
    }

    /// <summary>
    /// Puts a callback off to the next turn, or to the next call of <see cref="RunDeferred"/> if that comes first. On the loop only.
    /// </summary>
    /// <param name="d">The callback.</param>
    /// <param name="state">Its argument.</param>
    public void Defer(SendOrPostCallback d, object? state)
    {
        _deferred.Push((d, state));
        if (_deferred.Count == 1)
        {
            Post(static loop => ((EventLoop)loop!).RunDeferred(), this);
        }
    }

    /// <summary>
    /// An awaitable that completes when a callback that was put off here would run. Code that waits so goes on in the order in which
    /// it began to wait: all of it at the turn of that which waits longest. On the loop only.
    /// </summary>
    /// <returns>A task that completes outside of the caller's call.</returns>
    public Task DeferAsync()
    {
        var completion = new TaskCompletionSource();
        _deferredCode.Enqueue(completion);
        if (_deferredCode.Count == 1)
        {
            Defer(static loop => ((EventLoop)loop!).ContinueDeferredCode(), this);
        }

        return completion.Task;
    }

    /// <summary>
    /// Runs what was put off so far, without a turn of the loop, as QEMU does where it polls: what was put off last goes first, as
    /// QEMU's deferred work is a stack, and what is put off meanwhile waits for the next time. On the loop only.
    /// </summary>
    public void RunDeferred()
    {
        (SendOrPostCallback, object?)[] deferred = [.. _deferred];
        _deferred.Clear();
        foreach ((SendOrPostCallback callback, object? state) in deferred)
        {
            RunWithSlowRequests(static loop => loop.Self.Run(loop.callback, loop.state), (Self: this, callback, state));
        }
    }

    /// <summary>
    /// Runs a callback whose requests to files are all done by other threads, as QEMU does them: what follows from them then comes
    /// behind the reply of the command that is being carried out, however fast the file is. On the loop only.
    /// </summary>
    /// <typeparam name="T">The argument's type.</typeparam>
    /// <param name="callback">The callback.</param>
    /// <param name="state">Its argument.</param>
    public void RunWithSlowRequests<T>(Action<T> callback, T state)
    {
        _slowRequests++;
        try
        {
            callback(state);
        }
        finally
        {
            _slowRequests--;
        }
    }

    /// <summary>Lets the loop run until nothing is queued; work that waits for input or output is not waited for.</summary>
    /// <returns>A task that completes in a turn of the loop after which the queue is empty.</returns>
    public async ValueTask SettleAsync()
    {
        do
        {
            await YieldAsync();
        }
        while (!_queue.IsEmpty || _shuffle is { IsEmpty: false });
    }

    /// <summary>Reports an exception that nobody awaits, as one that escaped a posted callback.</summary>
    /// <param name="exception">The exception.</param>
    public void Report(Exception exception) => UnhandledException?.Invoke(exception);

    void IThreadPoolWorkItem.Execute() => RunTurn(null, null);

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void ContinueDeferredCode()
    {
        TaskCompletionSource[] completions = [.. _deferredCode];
        _deferredCode.Clear();
        foreach (TaskCompletionSource completion in completions)
        {
            completion.SetResult();
        }
    }

    private void RunTurn(SendOrPostCallback? first, object? state)
    {
        SynchronizationContext? previous = Current;
        SetSynchronizationContext(this);
        FollowUp.Accept();
        try
        {
            if (first is not null)
            {
                Run(first, state);
            }

            for (int i = 0; i < BatchSize && TryTake(out var item); i++)
            {
                Run(item.Callback, item.State);
            }
        }
        finally
        {
            SetSynchronizationContext(previous);
        }

        IThreadPoolWorkItem? followUp = FollowUp.Take();

        // The flag is given back before the last look at the queue, with a full fence between them, so that no post is ever left lying.
        bool isShuffling = _shuffle is { IsEmpty: false };
        Interlocked.Exchange(ref _scheduled, 0);
        if (isShuffling || !_queue.IsEmpty)
        {
            Schedule();
        }

        followUp?.Execute();
    }

    private bool TryTake(out (SendOrPostCallback Callback, object? State) item)
        => _shuffle is null ? _queue.TryDequeue(out item) : _shuffle.TryTake(_queue, out item);

    private void Run(SendOrPostCallback callback, object? state)
    {
        try
        {
            callback(state);
        }
        catch (Exception e)
        {
            UnhandledException?.Invoke(e);
        }
    }

    private void Schedule()
    {
        if (Interlocked.Exchange(ref _scheduled, 1) == 0)
        {
            // A turn never follows a turn on the same thread: other hosts want the thread too.
            if (Current is EventLoop || !FollowUp.TryQueue(this))
            {
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            }
        }
    }
}
