using Microsoft.Extensions.Time.Testing;
using QmpHost.Block.Jobs;
using QmpHost.Block.Loop;
using QmpHost.Qapi;

namespace QmpHost.Block.Tests.Jobs;

/// <summary>A block layer whose clock stands still and whose events are kept.</summary>
internal sealed class JobHost
{
    private readonly List<Exception> _failures = [];

    public JobHost(VersionProfile? profile = null)
    {
        Loop.UnhandledException += _failures.Add;
        Layer = new BlockLayer(Loop, Clock, Events, profile ?? VersionProfile.Default);
        Jobs = new JobCommands(Layer.Jobs);
        BlockJobs = new BlockJobCommands(Layer.Jobs);
    }

    public EventLoop Loop { get; } = new();

    public FakeTimeProvider Clock { get; } = new();

    public EventLog Events { get; } = new();

    public BlockLayer Layer { get; }

    public JobCommands Jobs { get; }

    public BlockJobCommands BlockJobs { get; }

    /// <summary>Runs a test's body on the loop; a failure that escaped on the loop fails the test.</summary>
    public static void Run(Func<JobHost, Task> body) => new JobHost().RunAsync(body).GetAwaiter().GetResult();

    public async Task RunAsync(Func<JobHost, Task> body)
    {
        await Loop.InvokeAsync(() => body(this));
        if (_failures.Count > 0)
        {
            throw new AggregateException(_failures);
        }
    }

    /// <summary>Moves the clock and lets everything run that was waiting for it.</summary>
    public async Task AdvanceAsync(TimeSpan time)
    {
        Clock.Advance(time);
        await Loop.YieldAsync();
        await Layer.Jobs.SettleAsync();
    }

    /// <summary>The error that a command gives, as "Class: description" or just the description for GenericError.</summary>
    public static async Task<string> ErrorOf(Func<ValueTask> command)
    {
        try
        {
            await command();
            return "no error";
        }
        catch (QmpException e)
        {
            return e.ErrorClass == QmpErrorClass.GenericError ? e.Message : $"{e.ErrorClass}: {e.Message}";
        }
    }
}
