using System.Threading.Tasks.Sources;

namespace QmpHost.Net.Transports;

/// <summary>Wakes one who waits, right on the thread of the one who gives the signal. A signal that nobody waits for is kept.</summary>
/// <remarks>One may wait at a time; signals may be given by anybody.</remarks>
internal sealed class WakeSignal : IValueTaskSource
{
    private const int Idle = 0;
    private const int Waiting = 1;
    private const int Signalled = 2;

    private ManualResetValueTaskSourceCore<bool> _pending;
    private int _state;

    /// <summary>Waits for a signal, or takes the one that is kept.</summary>
    /// <returns>A task that ends with the signal.</returns>
    public ValueTask WaitAsync()
    {
        _pending.Reset();
        ValueTask pending = new(this, _pending.Version);
        if (Interlocked.CompareExchange(ref _state, Waiting, Idle) == Idle)
        {
            return pending;
        }

        Volatile.Write(ref _state, Idle);
        return ValueTask.CompletedTask;
    }

    /// <summary>Gives the signal.</summary>
    public void Give()
    {
        while (true)
        {
            if (Interlocked.CompareExchange(ref _state, Idle, Waiting) == Waiting)
            {
                _pending.SetResult(true);
                return;
            }

            if (Interlocked.CompareExchange(ref _state, Signalled, Idle) != Waiting)
            {
                return;
            }
        }
    }

    void IValueTaskSource.GetResult(short token) => _pending.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _pending.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _pending.OnCompleted(continuation, state, token, flags);
}
