using NUnit.Framework;
using QmpHost.Block.Loop;

namespace QmpHost.Block.Tests.Loop;

[TestFixture]
public class FollowUpTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [TearDown]
    public void LeaveNothingBehind() => FollowUp.Take();

    [Test]
    public void A_thread_takes_work_only_when_it_said_so_and_only_one()
    {
        var work = new Work(() => { });
        Assert.That(FollowUp.TryQueue(work), Is.False);
        FollowUp.Accept();
        Assert.That(FollowUp.TryQueue(work), Is.True);
        Assert.That(FollowUp.TryQueue(new Work(() => { })), Is.False);
        Assert.That(FollowUp.Take(), Is.SameAs(work));
        Assert.That(FollowUp.TryQueue(work), Is.False);
    }

    [Test]
    public void What_was_not_queued_is_not_found()
    {
        FollowUp.Accept();
        Assert.That(FollowUp.Take(), Is.Null);
    }

    [Test]
    public void A_turn_of_a_loop_runs_on_the_thread_that_asked_for_it()
    {
        var loop = new EventLoop();
        int ranOn = 0;
        FollowUp.Accept();
        loop.Post(_ => ranOn = loop.IsCurrent ? Environment.CurrentManagedThreadId : -1, null);
        Assert.That(ranOn, Is.Zero);
        FollowUp.Take()!.Execute();
        Assert.That(ranOn, Is.EqualTo(Environment.CurrentManagedThreadId));
    }

    [Test]
    public void What_follows_a_turn_finds_the_loop_free()
    {
        var loop = new EventLoop();
        bool wasFree = false;
        bool taken = false;
        var work = new Work(() => wasFree = loop.TryRun(_ => { }, null));
        Assert.That(loop.TryRun(_ => taken = FollowUp.TryQueue(work), null), Is.True);
        Assert.That((taken, wasFree), Is.EqualTo((true, true)));
    }

    [Test]
    public void A_turn_does_not_follow_a_turn_of_another_loop()
    {
        var first = new EventLoop();
        var second = new EventLoop();
        using var done = new ManualResetEventSlim();
        int ranOn = 0;
        first.TryRun(_ => second.Post(_ => Note(ref ranOn, done), null), null);
        Assert.That(done.Wait(Patience), Is.True);
        Assert.That(ranOn, Is.Not.EqualTo(Environment.CurrentManagedThreadId));
    }

    [Test]
    public void A_loop_that_is_not_done_leaves_the_thread()
    {
        const int Many = 10_000;
        var loop = new EventLoop();
        using var done = new ManualResetEventSlim();
        int ranOn = 0;
        loop.TryRun(
            _ =>
            {
                for (int i = 0; i < Many; i++)
                {
                    loop.Post(static _ => { }, null);
                }

                loop.Post(_ => Note(ref ranOn, done), null);
            },
            null);
        Assert.That(done.Wait(Patience), Is.True);
        Assert.That(ranOn, Is.Not.EqualTo(Environment.CurrentManagedThreadId));
    }

    private static void Note(ref int thread, ManualResetEventSlim done)
    {
        thread = Environment.CurrentManagedThreadId;
        done.Set();
    }

    private sealed class Work(Action action) : IThreadPoolWorkItem
    {
        public void Execute() => action();
    }
}
