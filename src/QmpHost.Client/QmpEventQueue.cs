using QmpHost.Qapi;

namespace QmpHost.Client;

/// <summary>Events in the order in which they came, and those who wait for one. Thread safe.</summary>
internal sealed class QmpEventQueue(TimeProvider timeProvider)
{
    // As many as help whoever reads the message of a time-out.
    private const int RecentLimit = 32;

    private readonly Lock _lock = new();
    private readonly List<QmpEvent> _events = [];
    private readonly List<Waiter> _waiters = [];
    private readonly Queue<QmpEvent> _recent = new();
    private Exception? _closed;

    /// <summary>Appends an event, or gives it to the one who has waited longest for it.</summary>
    public void Add(QmpEvent qmpEvent)
    {
        lock (_lock)
        {
            _recent.Enqueue(qmpEvent);
            if (_recent.Count > RecentLimit)
            {
                _recent.Dequeue();
            }

            if (!_waiters.ToArray().Any(waiter => Gives(waiter, qmpEvent)))
            {
                _events.Add(qmpEvent);
            }
        }
    }

    /// <summary>Ends the stream of events: whoever waits, or will wait, fails. Events in the queue may still be taken.</summary>
    public void Close(Exception reason)
    {
        lock (_lock)
        {
            _closed ??= reason;
            _waiters.ForEach(w => w.TrySetException(_closed));
            _waiters.Clear();
        }
    }

    /// <summary>Takes the oldest event that meets a condition.</summary>
    public QmpEvent? TryTake(Func<QmpEvent, bool> match)
    {
        lock (_lock)
        {
            int at = _events.FindIndex(e => match(e));
            if (at < 0)
            {
                return null;
            }

            QmpEvent found = _events[at];
            _events.RemoveAt(at);
            return found;
        }
    }

    /// <summary>Takes the oldest event that meets a condition, or waits for it.</summary>
    public async Task<QmpEvent> TakeAsync(Func<QmpEvent, bool> match, string what, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        Waiter waiter;
        lock (_lock)
        {
            if (TryTake(match) is { } found)
            {
                return found;
            }

            if (_closed is not null)
            {
                throw _closed;
            }

            waiter = new Waiter(match);
            _waiters.Add(waiter);
        }

        try
        {
            return await waiter.Task.WaitAsync(timeout ?? Timeout.InfiniteTimeSpan, timeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            // The event may have come in the last moment: then it is neither lost nor late.
            if (!Withdraw(waiter))
            {
                return await waiter.Task.ConfigureAwait(false);
            }

            throw e is TimeoutException ? new TimeoutException($"No event {what} came within {timeout}. {DescribeRecent()}") : e;
        }
    }

    private string DescribeRecent()
    {
        lock (_lock)
        {
            return _recent.Count == 0 ? "No event came at all." : $"These came last: {string.Join(", ", _recent.Select(static e => $"{e.Name} {e.Data}".TrimEnd()))}.";
        }
    }

    /// <summary>Whether a value has all members of another one, at any depth.</summary>
    public static bool Contains(QObject value, QObject part)
    {
        if (part is not QDict members)
        {
            return value.DeepEquals(part);
        }

        if (value is not QDict dict)
        {
            return false;
        }

        foreach (KeyValuePair<string, QObject> member in members)
        {
            if (!dict.TryGetValue(member.Key, out QObject? inner) || !Contains(inner, member.Value))
            {
                return false;
            }
        }

        return true;
    }

    // A condition that throws is the fault of whoever waits, and no one else's.
    private bool Gives(Waiter waiter, QmpEvent qmpEvent)
    {
        try
        {
            return waiter.Match(qmpEvent) && _waiters.Remove(waiter) && waiter.TrySetResult(qmpEvent);
        }
        catch (Exception e)
        {
            _waiters.Remove(waiter);
            waiter.TrySetException(e);
            return false;
        }
    }

    private bool Withdraw(Waiter waiter)
    {
        lock (_lock)
        {
            return _waiters.Remove(waiter);
        }
    }

    private sealed class Waiter(Func<QmpEvent, bool> match) : TaskCompletionSource<QmpEvent>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public Func<QmpEvent, bool> Match { get; } = match;
    }
}
