using QmpHost.Block.Core;
using QmpHost.Block.Jobs;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Jobs;

/// <summary>A block job whose course the test decides: what it does when it runs, and how it takes its end.</summary>
internal sealed class ScriptedJob : BlockJob
{
    private readonly Func<ScriptedJob, Task> _run;

    public ScriptedJob(JobHost host, string id, Func<ScriptedJob, Task> run, Action<ScriptedJobOptions>? configure = null)
        : this(host, id, run, Configure(configure))
    {
    }

    private ScriptedJob(JobHost host, string id, Func<ScriptedJob, Task> run, ScriptedJobOptions options)
        : base(host.Layer.Jobs, new JobOptions
        {
            Id = id,
            Type = JobType.Backup,
            AutoFinalize = options.AutoFinalize,
            AutoDismiss = options.AutoDismiss,
            Transaction = options.Transaction,
        })
    {
        _run = run;
        FailToPrepare = options.FailToPrepare;
        Progress.SetRemaining(100);
    }

    public List<string> Hooks { get; } = [];

    public string? FailToPrepare { get; }

    /// <summary>Runs until it is cancelled, as a backup with sync mode "none" does.</summary>
    public static async Task UntilCancelled(ScriptedJob job)
    {
        while (!job.IsCancelled)
        {
            await job.YieldAsync();
        }
    }

    /// <summary>Does all its work at once.</summary>
    public static Task AtOnce(ScriptedJob job)
    {
        job.Progress.Add(100);
        return Task.CompletedTask;
    }

    public ValueTask Yield() => YieldAsync();

    public ValueTask Sleep(TimeSpan time) => SleepAsync(time);

    public ValueTask PausePoint() => PausePointAsync();

    public void Ready() => MoveToReady();

    public BlockErrorAction Error(BlockdevOnError onError, bool isRead, Errno errno) => HandleError(onError, isRead, errno);

    protected override Task RunAsync() => _run(this);

    protected override ValueTask PrepareAsync()
    {
        Hooks.Add("prepare");
        return FailToPrepare is null ? ValueTask.CompletedTask : throw new QmpException(FailToPrepare);
    }

    protected override void OnCommit() => Hooks.Add("commit");

    protected override void OnAbort() => Hooks.Add("abort");

    protected override ValueTask CleanAsync()
    {
        Hooks.Add("clean");
        return ValueTask.CompletedTask;
    }

    private static ScriptedJobOptions Configure(Action<ScriptedJobOptions>? configure)
    {
        var options = new ScriptedJobOptions();
        configure?.Invoke(options);
        return options;
    }
}
