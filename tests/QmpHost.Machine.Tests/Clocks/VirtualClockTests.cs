using NUnit.Framework;
using QmpHost.Block.Loop;
using QmpHost.Machine.Clocks;

namespace QmpHost.Machine.Tests.Clocks;

public sealed class VirtualClockTests
{
    private static readonly DateTimeOffset Origin = new(2022, 3, 1, 0, 0, 0, TimeSpan.Zero);

    [Test]
    public async Task Timers_fire_in_the_order_of_their_deadlines_with_the_clock_at_each()
    {
        var clock = new VirtualClock(Origin);
        var log = new List<(string, long)>();
        clock.CreateTimer(_ => log.Add(("b", clock.Nanoseconds)), null, TimeSpan.FromMilliseconds(2), Timeout.InfiniteTimeSpan);
        clock.CreateTimer(_ => log.Add(("a", clock.Nanoseconds)), null, TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
        clock.CreateTimer(_ => log.Add(("c", clock.Nanoseconds)), null, TimeSpan.FromMilliseconds(2), Timeout.InfiniteTimeSpan);
        await clock.AdvanceAsync(5_000_000);
        Assert.That(log, Is.EqualTo(new[] { ("a", 1_000_000L), ("b", 2_000_000L), ("c", 2_000_000L) }));
        Assert.That(clock.GetUtcNow(), Is.EqualTo(Origin.AddMilliseconds(5)));
        Assert.That(clock.NextDeadline, Is.Null);
    }

    [Test]
    public async Task A_step_goes_to_the_next_deadline_only()
    {
        var clock = new VirtualClock(Origin);
        int fired = 0;
        clock.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3));
        await clock.StepAsync();
        Assert.That((fired, clock.Nanoseconds), Is.EqualTo((1, 1_000_000_000L)));
        await clock.StepAsync();
        Assert.That((fired, clock.Nanoseconds), Is.EqualTo((2, 4_000_000_000L)));
    }

    [Test]
    public async Task Changed_and_disposed_timers_do_not_fire_at_their_old_deadline()
    {
        var clock = new VirtualClock(Origin);
        int fired = 0;
        ITimer timer = clock.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        timer.Change(TimeSpan.FromSeconds(5), Timeout.InfiniteTimeSpan);
        await clock.AdvanceToAsync(4_000_000_000);
        Assert.That(fired, Is.Zero);
        await clock.AdvanceToAsync(5_000_000_000);
        Assert.That(fired, Is.EqualTo(1));
        timer.Change(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        await timer.DisposeAsync();
        Assert.That(clock.NextDeadline, Is.Null);
        Assert.That(timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan), Is.False);
        await clock.AdvanceAsync(long.MaxValue);
        Assert.That((fired, clock.Nanoseconds), Is.EqualTo((1, long.MaxValue)));
    }

    [Test]
    public async Task The_clock_never_goes_back()
    {
        var clock = new VirtualClock(Origin);
        await clock.AdvanceToAsync(100);
        await clock.AdvanceToAsync(10);
        Assert.That(clock.Nanoseconds, Is.EqualTo(100));
        Assert.That(async () => await clock.AdvanceAsync(-1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public async Task Work_on_the_loop_that_sleeps_again_and_again_is_not_passed_over()
    {
        var loop = new EventLoop();
        var clock = new VirtualClock(Origin, loop.SettleAsync);
        var wakeups = new List<long>();
        await loop.InvokeAsync(async () =>
        {
            Task sleeper = SleepAsync();
            await clock.AdvanceAsync(3_500_000_000);
            Assert.That(wakeups, Is.EqualTo(new[] { 1_000_000_000L, 2_000_000_000L, 3_000_000_000L }));
            await clock.StepAsync();
            await sleeper;
        });
        Assert.That(clock.Nanoseconds, Is.EqualTo(4_000_000_000));

        async Task SleepAsync()
        {
            for (int i = 0; i < 4; i++)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), clock);
                wakeups.Add(clock.Nanoseconds);
            }
        }
    }
}
