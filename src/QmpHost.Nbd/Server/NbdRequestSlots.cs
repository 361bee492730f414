namespace QmpHost.Nbd.Server;

/// <summary>The requests that one client may have under way, limited in number and in payload.</summary>
/// <remarks>One taker at a time; slots are released on any thread.</remarks>
/// <param name="limit">The most slots.</param>
/// <param name="budget">The most payload in bytes; a single request may have more.</param>
internal sealed class NbdRequestSlots(int limit, int budget)
{
    private readonly Lock _gate = new();
    private readonly Stack<NbdRequestSlot> _free = new();
    private TaskCompletionSource? _waiter;
    private int _waiterCharge;
    private bool _waitingForIdle;
    private int _taken;
    private long _charged;

    /// <summary>Takes a slot if one is free.</summary>
    /// <param name="charge">The request's payload in bytes.</param>
    /// <returns>The slot, or null.</returns>
    public NbdRequestSlot? TryTake(int charge)
    {
        lock (_gate)
        {
            if (!HasRoom(charge))
            {
                return null;
            }

            _taken++;
            _charged += charge;
            NbdRequestSlot slot = _free.TryPop(out NbdRequestSlot? free) ? free : new NbdRequestSlot();
            slot.Charge = charge;
            return slot;
        }
    }

    /// <summary>Takes a slot as soon as one is free.</summary>
    /// <param name="charge">The request's payload in bytes.</param>
    /// <returns>The slot.</returns>
    public async ValueTask<NbdRequestSlot> TakeAsync(int charge)
    {
        while (true)
        {
            if (TryTake(charge) is { } slot)
            {
                return slot;
            }

            await WaitAsync(charge, forIdle: false).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until no slot is taken.</summary>
    /// <returns>A task that ends then.</returns>
    public async ValueTask WaitUntilIdleAsync() => await WaitAsync(0, forIdle: true).ConfigureAwait(false);

    /// <summary>Gives a slot back.</summary>
    /// <param name="slot">The slot.</param>
    public void Release(NbdRequestSlot slot)
    {
        int charge = slot.Charge;
        slot.Clear();
        TaskCompletionSource? waiter = null;
        lock (_gate)
        {
            _free.Push(slot);
            _taken--;
            _charged -= charge;
            if (_waiter is not null && IsSatisfied())
            {
                waiter = _waiter;
                _waiter = null;
            }
        }

        waiter?.SetResult();
    }

    private Task WaitAsync(int charge, bool forIdle)
    {
        lock (_gate)
        {
            _waiterCharge = charge;
            _waitingForIdle = forIdle;
            if (forIdle ? _taken == 0 : HasRoom(charge))
            {
                return Task.CompletedTask;
            }

            _waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _waiter.Task;
        }
    }

    /// <summary>One who has had to wait for a slot is woken when there are several: they are then used in one go.</summary>
    private bool IsSatisfied() => _waitingForIdle ? _taken == 0 : _taken <= limit / 2 && HasRoom(_waiterCharge);

    private bool HasRoom(int charge) => _taken < limit && (_taken == 0 || _charged + charge <= budget);
}
