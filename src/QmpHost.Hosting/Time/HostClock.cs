using QmpHost.Machine.Clocks;

namespace QmpHost.Hosting.Time;

/// <summary>The clock by which a host lives: rate limits, throttling, time-outs and the times of events follow it.</summary>
/// <remarks>
/// May be used from any thread. A clock can be moved when the host was started with a <see cref="VirtualClock"/>; hosts that were
/// started with the same one move together.
/// </remarks>
public sealed class HostClock
{
    private readonly TimeProvider _clock;
    private readonly Action _check;
    private readonly long _start;

    internal HostClock(TimeProvider clock, Action check)
    {
        _clock = clock;
        _check = check;
        _start = clock.GetTimestamp();
    }

    /// <summary>Whether the clock stands still until it is moved.</summary>
    public bool IsVirtual => _clock is VirtualClock;

    /// <summary>The time that the clock shows.</summary>
    public DateTimeOffset Now => _clock.GetUtcNow();

    /// <summary>The time since the host was made.</summary>
    public TimeSpan Elapsed => _clock.GetElapsedTime(_start);

    /// <summary>How long it is to the next timer; null when none is armed, or the clock is not virtual.</summary>
    public TimeSpan? NextTimer
        => _clock is VirtualClock { NextDeadline: { } deadline } clock ? TimeSpan.FromTicks(Math.Max(0, deadline - clock.Nanoseconds) / TimeSpan.NanosecondsPerTick) : null;

    /// <summary>
    /// Lets time pass: every timer on the way fires in order, with the clock at its time, and each time the host settles before the
    /// clock goes on. Where the host does the same, the same comes of it every time.
    /// </summary>
    /// <param name="time">How much: zero or more.</param>
    /// <returns>A task that ends when the clock is there and the host has settled.</returns>
    /// <exception cref="InvalidOperationException">The host's clock is not a virtual one.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative.</exception>
    /// <exception cref="ObjectDisposedException">The host was disposed.</exception>
    public Task AdvanceAsync(TimeSpan time)
    {
        _check();
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        long nanoseconds = time.Ticks > long.MaxValue / TimeSpan.NanosecondsPerTick ? long.MaxValue : time.Ticks * TimeSpan.NanosecondsPerTick;
        return Movable.AdvanceAsync(nanoseconds).AsTask();
    }

    /// <summary>Lets time pass up to the next timer, which fires; without one the host settles, and no time passes.</summary>
    /// <returns>A task that ends when the host has settled.</returns>
    /// <exception cref="InvalidOperationException">The host's clock is not a virtual one.</exception>
    /// <exception cref="ObjectDisposedException">The host was disposed.</exception>
    public Task StepAsync()
    {
        _check();
        return Movable.StepAsync().AsTask();
    }

    private VirtualClock Movable => _clock as VirtualClock
        ?? throw new InvalidOperationException("Only a virtual clock can be moved: start the host with one.");
}
