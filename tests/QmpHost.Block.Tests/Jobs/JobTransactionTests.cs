using NUnit.Framework;
using QmpHost.Block.Core;
using QmpHost.Block.Jobs;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Jobs;

/// <summary>Courses of grouped jobs, as QEMU 7.2 gave them for a transaction of two backups.</summary>
[TestFixture]
public sealed class JobTransactionTests
{
    [Test]
    public void A_job_waits_for_the_other_and_is_cancelled_with_it() => JobHost.Run(async host =>
    {
        (ScriptedJob a, ScriptedJob b) = await Start(host, ScriptedJob.AtOnce, ScriptedJob.UntilCancelled);
        Assert.That(host.Events.Take(), Is.EqualTo(new[] { "a created", "b created", "a running", "b running", "a waiting" }));
        Assert.That(host.Layer.Jobs.QueryJobs().Select(j => (j.Id, j.Status)),
            Is.EqualTo(new[] { ("b", JobStatus.Running), ("a", JobStatus.Waiting) }));

        await host.Jobs.CancelAsync("a");
        Assert.That(host.Events.Take(), Is.EqualTo(new[]
        {
            "b aborting", "CANCELLED b 0/100 speed 0", "b concluded", "b null",
            "a aborting", "CANCELLED a 100/100 speed 0", "a concluded", "a null",
        }));
        Assert.That((a.Hooks, b.Hooks), Is.EqualTo((new[] { "abort", "clean" }, new[] { "abort", "clean" })));
    });

    [Test]
    public void Cancelling_the_running_job_takes_the_waiting_one_along() => JobHost.Run(async host =>
    {
        await Start(host, ScriptedJob.AtOnce, ScriptedJob.UntilCancelled);
        host.Events.Take();
        await host.Jobs.CancelAsync("b");
        Assert.That(host.Events.Take(), Is.EqualTo(new[]
        {
            "b aborting", "CANCELLED b 0/100 speed 0", "b concluded", "b null",
            "a aborting", "CANCELLED a 100/100 speed 0", "a concluded", "a null",
        }));
    });

    [Test]
    public void Jobs_that_end_together_complete_newest_first() => JobHost.Run(async host =>
    {
        await Start(host, ScriptedJob.AtOnce, ScriptedJob.AtOnce, o => o.AutoFinalize = false);
        Assert.That(host.Events.Take()[4..], Is.EqualTo(new[]
        {
            "b waiting", "a waiting", "b pending", "PENDING b", "a pending", "PENDING a",
        }));
        await host.Jobs.FinalizeAsync("b");
        Assert.That(host.Events.Take(), Is.EqualTo(new[]
        {
            "COMPLETED b 100/100 speed 0", "b concluded", "b null", "COMPLETED a 100/100 speed 0", "a concluded", "a null",
        }));
    });

    [Test]
    public void One_job_without_auto_finalize_holds_both() => JobHost.Run(async host =>
    {
        int made = 0;
        await Start(host, ScriptedJob.AtOnce, ScriptedJob.AtOnce, o => o.AutoFinalize = made++ == 0);
        Assert.That(host.Events.Take()[4..], Is.EqualTo(new[] { "b waiting", "a waiting", "b pending", "PENDING b", "a pending" }));
        await host.Jobs.FinalizeAsync("a");
        Assert.That(host.Events.Take()[^1], Is.EqualTo("a null"));
    });

    [Test]
    public void A_failure_cancels_the_others() => JobHost.Run(async host =>
    {
        (ScriptedJob a, _) = await Start(host, ScriptedJob.UntilCancelled, _ => throw new BlockIOException(Errno.EIO));
        Assert.That(host.Events.Take()[4..], Is.EqualTo(new[]
        {
            "b aborting", "COMPLETED b 0/100 speed 0: Input/output error", "b concluded", "b null",
            "a aborting", "CANCELLED a 0/100 speed 0", "a concluded", "a null",
        }));
        Assert.That(a.Hooks, Is.EqualTo(new[] { "abort", "clean" }));
    });

    [Test]
    public void Jobs_that_never_started_vanish_without_block_job_events() => JobHost.Run(async host =>
    {
        var group = new JobTransaction();
        _ = new ScriptedJob(host, "a", ScriptedJob.AtOnce, o => o.Transaction = group);
        var b = new ScriptedJob(host, "b", ScriptedJob.AtOnce, o => o.Transaction = group);
        host.Events.Take();
        await b.CancelAndWaitAsync();
        Assert.That(host.Events.Take(), Is.EqualTo(new[]
        {
            "b aborting", "b concluded", "b null", "a aborting", "a concluded", "a null",
        }));
    });

    private static async Task<(ScriptedJob A, ScriptedJob B)> Start(
        JobHost host, Func<ScriptedJob, Task> runA, Func<ScriptedJob, Task> runB, Action<ScriptedJobOptions>? configure = null)
    {
        var group = new JobTransaction();
        void Configure(ScriptedJobOptions options)
        {
            options.Transaction = group;
            configure?.Invoke(options);
        }

        var a = new ScriptedJob(host, "a", runA, Configure);
        var b = new ScriptedJob(host, "b", runB, Configure);
        a.Start();
        b.Start();
        await host.Layer.Jobs.SettleAsync();
        return (a, b);
    }
}
