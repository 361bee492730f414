using NUnit.Framework;
using QmpHost.Block.Loop;

namespace QmpHost.Block.Tests.Loop;

/// <summary>Who may change a host, and when: one at a time, but for what is due where a turn polls.</summary>
[TestFixture]
internal sealed class MainTurnTests
{
    private readonly List<string> _log = [];
    private readonly EventLoop _loop = new();
    private readonly List<Exception> _failures = [];
    private MainTurns _turns = null!;

    [SetUp]
    public void SetUp()
    {
        _log.Clear();
        _failures.Clear();
        _turns = new MainTurns(_loop);
        _loop.UnhandledException += _failures.Add;
    }

    [TearDown]
    public void TearDown() => _loop.UnhandledException -= _failures.Add;

    [Test]
    public Task A_turn_that_awaits_keeps_the_next_one_waiting() => OnLoop(async () =>
    {
        var gate = new TaskCompletionSource();
        Task first = Turn("first", gate.Task);
        Task second = Turn("second");
        Task third = Turn("third");
        await _loop.SettleAsync();
        Assert.That(_log, Is.EqualTo(["first begins"]));
        gate.SetResult();
        await Task.WhenAll(first, second, third);
        Assert.That(_log, Is.EqualTo(["first begins", "first ends", "second begins", "second ends", "third begins", "third ends"]));
    });

    [Test]
    public Task What_is_due_goes_before_commands_that_wait() => OnLoop(async () =>
    {
        var gate = new TaskCompletionSource();
        Task first = Turn("first", gate.Task);
        Task second = Turn("second");
        _turns.Fire(() => Log("due"));
        gate.SetResult();
        await Task.WhenAll(first, second);
        Assert.That(_log, Is.EqualTo(["first begins", "first ends", "due", "second begins", "second ends"]));
    });

    [Test]
    public Task What_is_due_runs_inside_a_turn_that_polls_which_goes_on_afterwards() => OnLoop(async () =>
    {
        bool isBusy = true;
        var gate = new TaskCompletionSource();
        Task first = _turns.RunAsync(async () =>
        {
            await Log("polls");
            await _turns.PollWhileAsync(_ => isBusy, 0);
            await Log("has polled");
        }).AsTask();
        _turns.Fire(async () =>
        {
            await Log("due begins");
            isBusy = false;
            _turns.Wake();
            await gate.Task;
            await Log("due ends");
        });
        await _loop.SettleAsync();
        Assert.That(_log, Is.EqualTo(["polls", "due begins"]));
        gate.SetResult();
        await first;
        Assert.That(_log, Is.EqualTo(["polls", "due begins", "due ends", "has polled"]));
    });

    [Test]
    public Task A_turn_that_does_not_poll_is_not_interrupted() => OnLoop(async () =>
    {
        var gate = new TaskCompletionSource();
        Task first = _turns.RunAsync(async () =>
        {
            await gate.Task;
            await Log("first");
            await _turns.PollWhileAsync(_ => _log.Count < 2, 0);
            await Log("polled");
        }).AsTask();
        _turns.Fire(() => Log("due"));
        await _loop.SettleAsync();
        Assert.That(_log, Is.Empty);
        gate.SetResult();
        await first;
        Assert.That(_log, Is.EqualTo(["first", "due", "polled"]));
    });

    [Test]
    public Task Work_within_a_turn_that_asks_for_one_has_it() => OnLoop(async () =>
    {
        await _turns.RunAsync(async () => await _turns.RunAsync(() => Log("inner")));
        await _turns.RunAsync(async () => await _turns.InvokeAsync(() => Log("invoked")));
        Assert.That(_log, Is.EqualTo(["inner", "invoked"]));
    });

    [Test]
    public Task Code_that_a_turn_leaves_behind_belongs_to_none() => OnLoop(async () =>
    {
        var gate = new TaskCompletionSource();
        Task left = Task.CompletedTask;
        await _turns.RunAsync(() =>
        {
            left = LeftBehind();
            MainTurns.RunOutside(_ => Assert.That(_turns.IsCurrent, Is.False), 0);
            Assert.That(_turns.IsCurrent, Is.True);
            return ValueTask.CompletedTask;
        });
        gate.SetResult();
        await left;

        async Task LeftBehind()
        {
            await gate.Task;
            Assert.That(_turns.IsCurrent, Is.False);
        }
    });

    [Test]
    public Task A_turn_that_fails_gives_way_to_the_next() => OnLoop(async () =>
    {
        Assert.That(async () => await _turns.RunAsync(() => throw new InvalidOperationException("a")), Throws.InvalidOperationException);
        Assert.That(async () => await _turns.InvokeAsync(() => throw new InvalidOperationException("b")), Throws.InvalidOperationException);
        _turns.Fire(() => throw new InvalidOperationException("c"));
        await Turn("next");
        Assert.That(_log, Is.EqualTo(["next begins", "next ends"]));
        Assert.That(_failures, Has.Count.EqualTo(1));
    });

    [Test]
    public void Only_the_loop_may_ask()
    {
#if DEBUG
        Assert.That(() => _turns.Fire(() => ValueTask.CompletedTask), Throws.InvalidOperationException);
#endif
    }

    private Task OnLoop(Func<Task> body) => _loop.InvokeAsync(body).WaitAsync(TimeSpan.FromMinutes(2));

    private ValueTask Log(string text)
    {
        _log.Add(text);
        return ValueTask.CompletedTask;
    }

    private Task Turn(string name, Task? work = null) => _turns.RunAsync(async () =>
    {
        await Log($"{name} begins");
        if (work is not null)
        {
            await work;
        }

        await Log($"{name} ends");
    }).AsTask();
}
