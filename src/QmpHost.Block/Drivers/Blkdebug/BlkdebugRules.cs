using QmpHost.Block.Core;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Blkdebug;

/// <summary>The rules of one node, its state, the errors that wait for requests, and the requests that are held back.</summary>
internal sealed class BlkdebugRules(Action<string> print)
{
    private readonly List<BlkdebugRule> _rules = [];
    private readonly List<InjectErrorRule> _active = [];
    private readonly List<(string Tag, TaskCompletionSource Resumed)> _suspended = [];
    private TaskCompletionSource? _nextSuspension;
    private bool _letGo;
    private long _state = 1;

    /// <summary>Adds a rule, before the others: an event meets the newest first, and of the errors that it arms a request meets the oldest first.</summary>
    public void Add(BlkdebugRule rule) => _rules.Insert(0, rule);

    /// <summary>Carries out what the rules say of an event.</summary>
    /// <returns>A task that ends when a request that was held back may go on.</returns>
    public ValueTask RaiseAsync(BlkdebugEvent debugEvent)
    {
        long newState = _state;
        bool isFirstError = true;
        List<Task>? held = null;
        for (int i = 0; i < _rules.Count; i++)
        {
            BlkdebugRule rule = _rules[i];
            if (rule.Event != debugEvent || (rule.State != 0 && rule.State != _state))
            {
                continue;
            }

            switch (rule)
            {
                case InjectErrorRule error:
                    Activate(error, isFirstError);
                    isFirstError = false;
                    break;
                case SetStateRule change:
                    newState = change.NewState;
                    break;
                case SuspendRule suspend when !_letGo:
                    _rules.RemoveAt(i--);
                    (held ??= []).Add(Suspend(suspend.Tag));
                    break;
            }
        }

        _state = newState;
        return held is null ? ValueTask.CompletedTask : new ValueTask(Task.WhenAll(held));
    }

    /// <summary>Takes the error that a request gets, if any.</summary>
    /// <param name="type">The kind of request.</param>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">Length in bytes.</param>
    /// <param name="immediately">Whether the request fails in this turn of the loop.</param>
    /// <param name="delay">For how long it waits before.</param>
    public Errno TakeError(BlkdebugIOType type, long offset, long bytes, out bool immediately, out TimeSpan delay)
    {
        foreach (InjectErrorRule rule in _active)
        {
            if (!rule.Matches(type, offset, bytes))
            {
                continue;
            }

            immediately = rule.Immediately;
            delay = rule.Delay;
            if (rule.Error != Errno.None && rule.Once)
            {
                _active.Remove(rule);
                _rules.Remove(rule);
            }

            return rule.Error;
        }

        immediately = true;
        delay = TimeSpan.Zero;
        return Errno.None;
    }

    /// <summary>Removes breakpoints, and lets requests go on that are held back.</summary>
    /// <returns>Whether a breakpoint was removed; those that a request has met are gone already.</returns>
    public bool RemoveBreakpoint(string tag)
    {
        bool found = _rules.RemoveAll(r => r is SuspendRule s && s.Tag == tag) > 0;
        while (Resume(tag))
        {
            // All of them.
        }

        return found;
    }

    /// <summary>Lets one request go on.</summary>
    public bool Resume(string tag)
    {
        int at = _suspended.FindIndex(s => s.Tag == tag);
        if (at < 0)
        {
            return false;
        }

        print($"blkdebug: Resuming request '{tag}'\n");
        TaskCompletionSource resumed = _suspended[at].Resumed;
        _suspended.RemoveAt(at);
        resumed.SetResult();
        return true;
    }

    /// <summary>Waits until a request is held back.</summary>
    public async ValueTask WaitSuspendedAsync(string tag)
    {
        while (!_letGo && !_suspended.Exists(s => s.Tag == tag))
        {
            await (_nextSuspension ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Removes all breakpoints and lets all requests go on; from now on nothing is held back.</summary>
    public void LetGo()
    {
        _letGo = true;
        _rules.RemoveAll(static r => r is SuspendRule);
        while (_suspended.Count > 0)
        {
            Resume(_suspended[0].Tag);
        }

        SignalSuspension();
    }

    private void SignalSuspension()
    {
        TaskCompletionSource? waiters = _nextSuspension;
        _nextSuspension = null;
        waiters?.SetResult();
    }

    // Errors of an earlier event are forgotten; of those of this event, the last one is looked at first.
    private void Activate(InjectErrorRule rule, bool isFirst)
    {
        if (isFirst)
        {
            _active.Clear();
        }

        _active.Insert(0, rule);
    }

    private Task Suspend(string tag)
    {
        print($"blkdebug: Suspended request '{tag}'\n");
        var resumed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _suspended.Add((tag, resumed));
        SignalSuspension();
        return resumed.Task;
    }
}
