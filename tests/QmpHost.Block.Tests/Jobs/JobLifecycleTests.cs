using NUnit.Framework;
using QmpHost.Block.Core;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Jobs;

/// <summary>Courses of single jobs. The expected lines are those that QEMU 7.2 gave for backup jobs between null-co nodes.</summary>
[TestFixture]
public sealed class JobLifecycleTests
{
    [Test]
    public void A_job_that_works_at_once_ends_before_its_command_answers() => JobHost.Run(async host =>
    {
        var job = new ScriptedJob(host, "j1", ScriptedJob.AtOnce);
        DrainAroundStart(job);
        await host.Layer.Jobs.SettleAsync();

        Assert.That(host.Events.Take(), Is.EqualTo(new[]
        {
            "j1 created", "j1 running", "j1 paused", "j1 running", "j1 waiting", "j1 pending",
            "COMPLETED j1 100/100 speed 0", "j1 concluded", "j1 null",
        }));
        Assert.That(job.Hooks, Is.EqualTo(new[] { "prepare", "commit", "clean" }));
        Assert.That(host.Layer.Jobs.QueryJobs(), Is.Empty);
    });

    [Test]
    public void Without_auto_finalize_a_job_waits_for_the_client() => JobHost.Run(async host =>
    {
        _ = Start(host, "j2", ScriptedJob.AtOnce, o => o.AutoFinalize = false);
        await host.Layer.Jobs.SettleAsync();
        Assert.That(host.Events.Take(), Is.EqualTo(new[] { "j2 created", "j2 running", "j2 waiting", "j2 pending", "PENDING j2" }));

        await host.Jobs.FinalizeAsync("j2");
        Assert.That(host.Events.Take(), Is.EqualTo(new[] { "COMPLETED j2 100/100 speed 0", "j2 concluded", "j2 null" }));
    });

    [Test]
    public void Without_auto_dismiss_a_concluded_job_stays_listed() => JobHost.Run(async host =>
    {
        _ = Start(host, "j3", ScriptedJob.AtOnce, o => o.AutoDismiss = false);
        await host.Layer.Jobs.SettleAsync();
        Assert.That(host.Events.Take()[^1], Is.EqualTo("j3 concluded"));
        Assert.That(host.Layer.Jobs.QueryJobs(), Is.EqualTo(new[]
        {
            new JobInfo { Id = "j3", Type = JobType.Backup, Status = JobStatus.Concluded, CurrentProgress = 100, TotalProgress = 100 },
        }));

        await host.BlockJobs.DismissAsync("j3");
        Assert.That(host.Events.Take(), Is.EqualTo(new[] { "j3 null" }));
    });

    [Test]
    public void A_cancelled_job_aborts() => JobHost.Run(async host =>
    {
        ScriptedJob job = Start(host, "j4", ScriptedJob.UntilCancelled);
        host.Events.Take();
        await host.Jobs.CancelAsync("j4");

        Assert.That(host.Events.Take(), Is.EqualTo(new[] { "j4 aborting", "CANCELLED j4 0/100 speed 0", "j4 concluded", "j4 null" }));
        Assert.That(job.Hooks, Is.EqualTo(new[] { "abort", "clean" }));
    });

    [Test]
    public void A_paused_job_runs_again_to_be_cancelled() => JobHost.Run(async host =>
    {
        _ = Start(host, "p", ScriptedJob.UntilCancelled);
        await host.Jobs.PauseAsync("p");
        host.Events.Take();
        Assert.That(await JobHost.ErrorOf(() => host.BlockJobs.CancelAsync("p", force: false)),
            Is.EqualTo("The block job for device 'p' is currently paused"));

        await host.BlockJobs.CancelAsync("p", force: true);
        Assert.That(host.Events.Take(), Is.EqualTo(new[]
        {
            "p running", "p aborting", "CANCELLED p 0/100 speed 0", "p concluded", "p null",
        }));
    });

    [Test]
    public void A_pending_job_can_be_cancelled_and_shows_the_error() => JobHost.Run(async host =>
    {
        _ = Start(host, "q", ScriptedJob.AtOnce, o => (o.AutoFinalize, o.AutoDismiss) = (false, false));
        await host.Layer.Jobs.SettleAsync();
        host.Events.Take();
        await host.BlockJobs.CancelAsync("q", force: false);

        Assert.That(host.Events.Take(), Is.EqualTo(new[] { "q aborting", "CANCELLED q 100/100 speed 0", "q concluded" }));
        Assert.That(host.Layer.Jobs.QueryBlockJobs(), Is.EqualTo(new[]
        {
            new BlockJobInfo.Backup
            {
                Device = "q", Len = 100, Offset = 100, Busy = false, Paused = false, Speed = 0,
                IoStatus = BlockDeviceIoStatus.Ok, Ready = false, Status = JobStatus.Concluded, AutoFinalize = false,
                AutoDismiss = false, Error = "Operation canceled",
            },
        }));
    });

    [Test]
    public void A_job_that_fails_aborts_without_waiting() => JobHost.Run(async host =>
    {
        _ = Start(host, "j", job =>
        {
            BlockErrorAction action = job.Error(BlockdevOnError.Report, isRead: true, Errno.EIO);
            Assert.That(action, Is.EqualTo(BlockErrorAction.Report));
            throw new BlockIOException(Errno.EIO);
        });
        await host.Layer.Jobs.SettleAsync();

        Assert.That(host.Events.Take(), Is.EqualTo(new[]
        {
            "j created", "j running", "ERROR j read report", "j aborting",
            "COMPLETED j 0/100 speed 0: Input/output error", "j concluded", "j null",
        }));
    });

    [Test]
    public void A_job_that_cannot_prepare_fails() => JobHost.Run(async host =>
    {
        ScriptedJob job = Start(host, "j", ScriptedJob.AtOnce, o => o.FailToPrepare = "no");
        await host.Layer.Jobs.SettleAsync();

        Assert.That(host.Events.Take()[2..], Is.EqualTo(new[]
        {
            "j waiting", "j pending", "j aborting", "COMPLETED j 100/100 speed 0: no", "j concluded", "j null",
        }));
        Assert.That(job.Hooks, Is.EqualTo(new[] { "prepare", "abort", "clean" }));
    });

    [TestCase(BlockdevOnError.Stop, 5, "stop", BlockDeviceIoStatus.Failed)]
    [TestCase(BlockdevOnError.Stop, 28, "stop", BlockDeviceIoStatus.Nospace)]
    [TestCase(BlockdevOnError.Enospc, 28, "stop", BlockDeviceIoStatus.Nospace)]
    [TestCase(BlockdevOnError.Auto, 28, "stop", BlockDeviceIoStatus.Nospace)]
    [TestCase(BlockdevOnError.Enospc, 5, "report", BlockDeviceIoStatus.Ok)]
    [TestCase(BlockdevOnError.Auto, 5, "report", BlockDeviceIoStatus.Ok)]
    [TestCase(BlockdevOnError.Report, 28, "report", BlockDeviceIoStatus.Ok)]
    [TestCase(BlockdevOnError.Ignore, 28, "ignore", BlockDeviceIoStatus.Ok)]
    public void An_error_is_answered_as_the_client_chose(BlockdevOnError onError, int errno, string action, BlockDeviceIoStatus status) => JobHost.Run(async host =>
    {
        ScriptedJob job = Start(host, "j", async j =>
        {
            j.Error(onError, isRead: false, (Errno)errno);
            await j.PausePoint();
            await ScriptedJob.UntilCancelled(j);
        });
        bool stopped = action == "stop";
        Assert.That(host.Events.Take()[2..], Is.EqualTo(stopped ? [$"ERROR j write {action}", "j paused"] : new[] { $"ERROR j write {action}" }));
        Assert.That(job.IoStatus, Is.EqualTo(status));
        if (stopped)
        {
            Assert.That(await JobHost.ErrorOf(() => host.Jobs.PauseAsync("j")), Is.EqualTo("Job is already paused"));
            await host.Jobs.ResumeAsync("j");
            Assert.That(host.Events.Take(), Is.EqualTo(new[] { "j running" }));
            Assert.That(job.IoStatus, Is.EqualTo(BlockDeviceIoStatus.Ok));
        }
    });

    [Test]
    public void A_ready_job_pauses_into_standby() => JobHost.Run(async host =>
    {
        _ = Start(host, "m", async j =>
        {
            j.Ready();
            await ScriptedJob.UntilCancelled(j);
        });
        await host.Jobs.PauseAsync("m");
        await host.Jobs.ResumeAsync("m");
        Assert.That(host.Events.Take(), Is.EqualTo(new[]
        {
            "m created", "m running", "m ready", "READY m 0/100 speed 0", "m standby", "m ready",
        }));
    });

    [Test]
    public void A_sleeping_job_wakes_up_on_the_hosts_clock() => JobHost.Run(async host =>
    {
        int steps = 0;
        _ = Start(host, "s", async j =>
        {
            for (; steps < 3; steps++)
            {
                await j.Sleep(TimeSpan.FromMilliseconds(100));
            }
        });
        await host.AdvanceAsync(TimeSpan.FromMilliseconds(99));
        Assert.That(steps, Is.Zero);
        await host.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Assert.That(steps, Is.EqualTo(1));
        await host.AdvanceAsync(TimeSpan.FromMilliseconds(100));
        await host.AdvanceAsync(TimeSpan.FromMilliseconds(100));
        Assert.That(host.Events.Take()[^1], Is.EqualTo("s null"));
    });

    [Test]
    public void A_drain_wakes_a_sleeping_job_and_its_end_does_not_cut_the_sleep_short() => JobHost.Run(async host =>
    {
        int steps = 0;
        ScriptedJob job = Start(host, "s", async j =>
        {
            while (!j.IsCancelled)
            {
                await j.Sleep(TimeSpan.FromSeconds(1));
                steps++;
            }
        });
        host.Events.Take();
        job.Pause();
        job.Pause();
        job.Resume();
        Assert.That(host.Events.Take(), Is.EqualTo(new[] { "s paused" }));
        job.Resume();
        Assert.That((host.Events.Take(), steps), Is.EqualTo((new[] { "s running" }, 1)));
        await host.AdvanceAsync(TimeSpan.FromMilliseconds(999));
        Assert.That(steps, Is.EqualTo(1));
    });

    [Test]
    public void A_higher_speed_wakes_a_sleeping_job_and_a_lower_one_does_not() => JobHost.Run(async host =>
    {
        int wakes = 0;
        _ = Start(host, "s", async j =>
        {
            while (!j.IsCancelled)
            {
                await j.Sleep(TimeSpan.FromHours(1));
                wakes++;
            }
        });
        await host.BlockJobs.SetSpeedAsync("s", 1000);
        Assert.That(wakes, Is.EqualTo(1));
        await host.BlockJobs.SetSpeedAsync("s", 10);
        Assert.That(wakes, Is.EqualTo(1));
        await host.BlockJobs.SetSpeedAsync("s", 0);
        Assert.That(wakes, Is.EqualTo(2));
        Assert.That(await JobHost.ErrorOf(() => host.BlockJobs.SetSpeedAsync("s", -1)),
            Is.EqualTo("Parameter 'speed' expects a non-negative value"));
    });

    [Test]
    public void Everything_is_cancelled_at_shutdown() => JobHost.Run(async host =>
    {
        _ = Start(host, "a", ScriptedJob.UntilCancelled);
        _ = Start(host, "b", ScriptedJob.AtOnce, o => (o.AutoFinalize, o.AutoDismiss) = (false, false));
        _ = Start(host, "c", ScriptedJob.AtOnce, o => o.AutoDismiss = false);
        await host.Layer.Jobs.SettleAsync();
        host.Events.Take();
        await host.Layer.Jobs.CancelAllAsync();
        Assert.That(host.Events.Take(), Is.EqualTo(new[]
        {
            "c null", "b aborting", "CANCELLED b 100/100 speed 0", "b concluded", "b null",
            "a aborting", "CANCELLED a 0/100 speed 0", "a concluded", "a null",
        }));
    });

    [TestCase("", "Invalid job ID ''")]
    [TestCase("#x", "Invalid job ID '#x'")]
    [TestCase("1x", "Invalid job ID '1x'")]
    [TestCase("taken", "Job ID 'taken' already in use")]
    public void A_bad_id_makes_no_job(string id, string message) => JobHost.Run(host =>
    {
        _ = Start(host, "taken", ScriptedJob.UntilCancelled);
        host.Events.Take();
        Assert.That(() => new ScriptedJob(host, id, ScriptedJob.AtOnce), Throws.TypeOf<QmpException>().With.Message.EqualTo(message));
        Assert.That(host.Events.Take(), Is.Empty);
        return Task.CompletedTask;
    });

    [Test]
    public void Unknown_jobs_are_reported_in_two_ways() => JobHost.Run(async host =>
    {
        Assert.That(await JobHost.ErrorOf(() => host.Jobs.CancelAsync("nope")), Is.EqualTo("Job not found"));
        Assert.That(await JobHost.ErrorOf(() => host.BlockJobs.CancelAsync("nope", false)),
            Is.EqualTo("DeviceNotActive: Block job 'nope' not found"));
    });

    private static ScriptedJob Start(JobHost host, string id, Func<ScriptedJob, Task> run, Action<ScriptedJobOptions>? configure = null)
    {
        var job = new ScriptedJob(host, id, run, configure);
        job.Start();
        return job;
    }

    private static void DrainAroundStart(ScriptedJob job)
    {
        job.Pause();
        job.Start();
        job.Resume();
    }
}
