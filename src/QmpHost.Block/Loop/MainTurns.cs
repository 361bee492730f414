using System.Diagnostics;

namespace QmpHost.Block.Loop;

/// <summary>
/// Who may change the host's graph, jobs, devices and exports: one at a time, each until it is done, over all its awaits. The
/// event loop excludes nothing across an await; this does. Requests, the code of jobs, sockets and timers are no main turns:
/// they go on meanwhile, and change nothing of that kind.
/// </summary>
/// <remarks>
/// <para>
/// There are two ways to get a turn. Commands, signals and the end of a host wait for theirs in order (<see cref="RunAsync{T}"/>).
/// What has become due, such as the end of a job whose code has ended (<see cref="Fire"/>), goes first when the turn that runs
/// ends, and even inside of it where that turn polls (<see cref="PollWhileAsync{T}"/>), as QEMU's deferred work does where a
/// command waits for requests. The turn that polls goes on only when those inside it are done: turns are a stack.
/// </para>
/// <para>Used on the host's event loop only.</para>
/// </remarks>
/// <param name="loop">The host's event loop.</param>
public sealed class MainTurns(EventLoop loop)
{
    // Which turn the running code belongs to. Code that a turn starts but does not wait for sees it end.
    private static readonly AsyncLocal<MainTurn?> Ambient = new();

    private readonly Queue<(MainTurn Turn, TaskCompletionSource Begin)> _waiting = new();
    private readonly Queue<Func<ValueTask>> _due = new();
    private readonly List<TaskCompletionSource> _pollers = [];
    private MainTurn? _top;

    /// <summary>Whether a main turn runs.</summary>
    public bool IsRunning => _top is not null;

    /// <summary>Whether the caller runs in a main turn of this host.</summary>
    public bool IsCurrent => Current is not null;

    /// <summary>How many commands wait for their turn.</summary>
    public int WaitingCount => _waiting.Count;

    private MainTurn? Current => Ambient.Value is { IsEnded: false } turn && turn.Owner == this ? turn : null;

    /// <summary>
    /// Runs work in a main turn, at once if none runs, otherwise behind all who wait already; at once also within a turn.
    /// </summary>
    /// <typeparam name="T">The argument's type.</typeparam>
    /// <param name="work">The work.</param>
    /// <param name="state">Its argument.</param>
    /// <returns>A task that ends with the work, with its exception if it fails.</returns>
    public ValueTask RunAsync<T>(Func<T, ValueTask> work, T state)
    {
        ArgumentNullException.ThrowIfNull(work);
        VerifyAccess();
        if (IsCurrent)
        {
            return work(state);
        }

        return _top is null ? RunIn(Push(new MainTurn(this)), work, state) : WaitAndRunAsync(work, state);
    }

    /// <summary>Runs work in a main turn, as <see cref="RunAsync{T}"/>.</summary>
    /// <param name="work">The work.</param>
    /// <returns>A task that ends with the work, with its exception if it fails.</returns>
    public ValueTask RunAsync(Func<ValueTask> work) => RunAsync(static work => work(), work);

    /// <summary>
    /// For code that runs in no main turn but has come to something that needs one: work that is due as by <see cref="Fire"/>,
    /// and waited for.
    /// </summary>
    /// <param name="work">The work.</param>
    /// <returns>A task that ends with the work, with its exception if it fails.</returns>
    public async ValueTask InvokeAsync(Func<ValueTask> work)
    {
        if (IsCurrent)
        {
            await work();
            return;
        }

        var completion = new TaskCompletionSource();
        Fire(async () =>
        {
            try
            {
                await work();
            }
            catch (Exception e)
            {
                completion.SetException(e);
                return;
            }

            completion.SetResult();
        });
        await completion.Task;
    }

    /// <summary>
    /// Runs work that is due in a main turn of its own: at once if no turn runs or the one that runs polls, otherwise when it polls
    /// or ends. What fails is reported as an exception that escaped on the loop.
    /// </summary>
    /// <param name="work">The work.</param>
    public void Fire(Func<ValueTask> work)
    {
        VerifyAccess();
        if (_top is null or { IsPolling: true })
        {
            Begin(work);
        }
        else
        {
            _due.Enqueue(work);
        }
    }

    /// <summary>
    /// Waits until a condition no longer holds; whatever may have changed it calls <see cref="Wake"/>. In a main turn, work that is
    /// due meanwhile runs inside it, and the turn goes on when that is done.
    /// </summary>
    /// <typeparam name="T">The argument's type.</typeparam>
    /// <param name="condition">The condition.</param>
    /// <param name="state">Its argument.</param>
    /// <returns>A task that ends when it does not hold.</returns>
    public ValueTask PollWhileAsync<T>(Func<T, bool> condition, T state)
    {
        ArgumentNullException.ThrowIfNull(condition);
        VerifyAccess();
        if (!condition(state))
        {
            return ValueTask.CompletedTask;
        }

        return Current is { } turn ? PollAsync(turn, condition, state) : WaitWhileAsync(condition, state);
    }

    /// <summary>
    /// Runs what is due or was put off so far, as QEMU does where it polls once: what that causes in turn comes later.
    /// </summary>
    /// <returns>A task that ends when none of it runs any more.</returns>
    public async ValueTask PollOnceAsync()
    {
        VerifyAccess();
        if (Current is not { } turn)
        {
            loop.RunDeferred();
            await WaitWhileAsync(static turns => turns.IsRunning, this);
            return;
        }

        VerifyTop(turn);
        turn.IsPolling = true;
        loop.RunDeferred();
        BeginDue();
        while (_top != turn)
        {
            await NextWakeAsync();
        }

        turn.IsPolling = false;
    }

    /// <summary>Lets all that wait for a condition look again, in a later turn of the loop.</summary>
    public void Wake()
    {
        if (_pollers.Count == 0)
        {
            return;
        }

        TaskCompletionSource[] all = [.. _pollers];
        _pollers.Clear();
        foreach (TaskCompletionSource poller in all)
        {
            poller.SetResult();
        }
    }

    /// <summary>Whether anybody waits for a condition, so that a change is worth telling.</summary>
    internal bool HasPollers => _pollers.Count > 0;

    /// <summary>Runs a callback that starts code which a main turn does not own, such as a job's.</summary>
    /// <typeparam name="T">The argument's type.</typeparam>
    /// <param name="callback">The callback.</param>
    /// <param name="state">Its argument.</param>
    public static void RunOutside<T>(Action<T> callback, T state)
    {
        MainTurn? turn = Ambient.Value;
        if (turn is null)
        {
            callback(state);
            return;
        }

        Ambient.Value = null;
        try
        {
            callback(state);
        }
        finally
        {
            Ambient.Value = turn;
        }
    }

    private MainTurn Push(MainTurn turn)
    {
        Debug.Assert(_top is null or { IsPolling: true }, "A main turn begins inside one that does not poll.");
        turn.Below = _top;
        _top = turn;
        return turn;
    }

    private ValueTask RunIn<T>(MainTurn turn, Func<T, ValueTask> work, T state)
    {
        MainTurn? outer = Ambient.Value;
        Ambient.Value = turn;
        ValueTask running;
        try
        {
            running = work(state);
        }
        catch (Exception e)
        {
            running = ValueTask.FromException(e);
        }
        finally
        {
            Ambient.Value = outer;
        }

        if (running.IsCompleted)
        {
            Pop(turn);
            return running;
        }

        return PopAfterAsync(turn, running);
    }

    private async ValueTask PopAfterAsync(MainTurn turn, ValueTask running)
    {
        try
        {
            await running;
        }
        finally
        {
            Pop(turn);
        }
    }

    private void Pop(MainTurn turn)
    {
        VerifyTop(turn);
        turn.IsEnded = true;
        _top = turn.Below;
        if (_top is null)
        {
            BeginNext();
        }
        else
        {
            BeginDue();
            Wake();
        }
    }

    // What is due goes before commands that wait.
    private void BeginNext()
    {
        BeginDue();
        if (_top is null)
        {
            Wake();
            if (_waiting.TryDequeue(out var next))
            {
                Push(next.Turn);
                next.Begin.SetResult();
            }
        }
    }

    private void BeginDue()
    {
        while (_top is null or { IsPolling: true } && _due.TryDequeue(out Func<ValueTask>? work))
        {
            Begin(work);
        }
    }

    private void Begin(Func<ValueTask> work)
    {
        ValueTask running = RunIn(Push(new MainTurn(this)), static work => work(), work);
        if (!running.IsCompletedSuccessfully)
        {
            _ = ReportFailureAsync(running);
        }
    }

    private async Task ReportFailureAsync(ValueTask running)
    {
        try
        {
            await running;
        }
        catch (Exception e)
        {
            loop.Report(e);
        }
    }

    private async ValueTask WaitAndRunAsync<T>(Func<T, ValueTask> work, T state)
    {
        var turn = new MainTurn(this);
        var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Enqueue((turn, begin));
        await begin.Task;
        await RunIn(turn, work, state);
    }

    private async ValueTask PollAsync<T>(MainTurn turn, Func<T, bool> condition, T state)
    {
        VerifyTop(turn);
        turn.IsPolling = true;
        BeginDue();
        while (_top != turn || condition(state))
        {
            await NextWakeAsync();
        }

        turn.IsPolling = false;
    }

    private async ValueTask WaitWhileAsync<T>(Func<T, bool> condition, T state)
    {
        while (condition(state))
        {
            await NextWakeAsync();
        }
    }

    private Task NextWakeAsync()
    {
        var wake = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _pollers.Add(wake);
        return wake.Task;
    }

    [Conditional("DEBUG")]
    private void VerifyAccess() => loop.VerifyAccess();

    private void VerifyTop(MainTurn turn)
    {
        if (_top != turn)
        {
            throw new InvalidOperationException("A main turn goes on while another runs inside it.");
        }
    }
}
