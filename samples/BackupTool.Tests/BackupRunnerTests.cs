namespace BackupTool.Tests;

[Parallelizable(ParallelScope.All)]
public sealed class BackupRunnerTests
{
    private const long Size = 16 * 1024 * 1024;
    private const int Half = (int)Size / 2;

    [Test]
    public Task Full_and_incremental_backups_are_what_the_disk_was() => RunAsync(async (host, guest, tool) =>
    {
        await tool.RunFullAsync("disk", "target", "changes");
        await guest.FillAsync(Half, 100_000, 2);
        await tool.RunIncrementalAsync("disk", "target", "changes");
        Assert.That(await host.Disks.SnapshotAsync("target"), Is.EqualTo(await host.Disks.SnapshotAsync("disk")));
        await host.VerifyNothingLeftAsync("disk", "disk-file", "target", "target-file", "changes");
    });

    [TestCase(Half, null, "No space left on device")]
    [TestCase(null, Errno.EIO, "Input/output error")]
    public Task A_target_that_fails_fails_the_backup(long? fullAfter, Errno? error, string text) => RunAsync(async (host, guest, tool) =>
    {
        await guest.FillAsync(0, Size, 1);
        await host.Control.Rules.AddAsync(new FaultRule
        {
            Request = new RequestMatch { Node = "target-file", Kinds = [NodeRequestKind.Write] },
            FullAfter = fullAfter, Errno = error, When = error is null ? new() : new() { Nth = 3 },
        });
        Assert.That(() => tool.RunFullAsync("disk", "target", "changes"), Throws.TypeOf<BackupException>().With.Message.EndsWith(text));
    });

    [Test]
    public Task A_cancelled_backup_leaves_no_job() => RunAsync(async (host, guest, tool) =>
    {
        using var cancellation = new CancellationTokenSource();
        await using Gate half = await host.Control.Gates.HoldJobAtPercentAsync("backup", 50);
        await using Gate reply = await host.Control.Gates.HoldReplyAsync(new ConversationMatch { Command = "block-job-cancel" });
        Task backup = tool.RunFullAsync("disk", "target", "changes", cancellation.Token);
        await half.WaitAsync();
        await cancellation.CancelAsync();
        await reply.WaitAsync();
        await host.Control.Gates.ReleaseAllAsync();
        Assert.That(() => backup, Throws.TypeOf<BackupException>().With.Message.EndsWith("cancelled"));
        Assert.That((await host.Host.ObserveAsync()).Jobs, Is.Empty);
    });

    [Test]
    public Task A_backup_that_hangs_is_given_up_after_ten_minutes() => RunAsync(async (host, guest, tool) =>
    {
        await using Gate write = await host.Control.Gates.HoldRequestAsync(new RequestMatch { Node = "target-file" });
        await using Gate reply = await host.Control.Gates.HoldReplyAsync(new ConversationMatch { Command = "block-job-cancel" });
        Task backup = tool.RunFullAsync("disk", "target", "changes");
        await write.WaitAsync();
        await host.Host.Clock.AdvanceAsync(TimeSpan.FromMinutes(9.9));
        Assert.That(backup.IsCompleted, Is.False);
        await host.Host.Clock.AdvanceAsync(TimeSpan.FromMinutes(0.1));
        await reply.WaitAsync();
        await host.Control.Gates.ReleaseAllAsync();
        Assert.That(() => backup, Throws.TypeOf<BackupException>().With.Message.EndsWith("not done within 00:10:00"));
    });

    [Test]
    public Task A_lost_connection_is_told() => RunAsync(async (host, guest, tool) =>
    {
        await host.Control.Rules.AddAsync(new FaultRule { Reply = new ConversationMatch { Command = "transaction" }, Drop = DropPoint.Within });
        Assert.That(() => tool.RunFullAsync("disk", "target", "changes"), Throws.TypeOf<QmpConnectionException>());
    });

    [Test]
    public Task Hundreds_of_hosts_run_side_by_side() => Task.WhenAll(Enumerable.Range(0, 500).Select(i => RunAsync(async (host, guest, tool) =>
    {
        await guest.FillAsync(i * 4096, 4096, (byte)(i + 1));
        await tool.RunFullAsync("disk", "target", "changes");
        Assert.That((await host.Disks.SnapshotAsync("target")).Read(i * 4096, 1)[0], Is.EqualTo((byte)(i + 1)));
    })));

    [Test]
    public Task Events_come_in_order() => RunAsync(async (host, guest, tool) =>
    {
        await tool.RunFullAsync("disk", "target", "changes");
        await host.Host.SettleAsync();
        await host.Host.DisposeAsync();
        var states = new List<JobStatus>();
        await foreach (JobStatusChangeEvent change in host.Client.ReadEventsAsync<JobStatusChangeEvent>()) states.Add(change.Status);
        Assert.That(states, Is.EqualTo(new[] { JobStatus.Created, JobStatus.Running, JobStatus.Paused, JobStatus.Running, JobStatus.Waiting, JobStatus.Pending, JobStatus.Concluded, JobStatus.Null }));
    });

    [Test]
    public Task Bitmaps_and_graph_are_objects() => RunAsync(async (host, guest, tool) =>
    {
        await tool.RunFullAsync("disk", "target", "changes");
        await guest.FillAsync(65536, 1, 3);
        HostState state = await host.Host.ObserveAsync();
        Assert.That(state.FindBitmap("disk", "changes")!.Dirty, Is.EqualTo(new[] { new ByteRange(65536, 65536) }));
        Assert.That(state.Graph.Edges.Select(edge => edge.Name), Is.EquivalentTo(new[] { "root", "file", "file" }));
    });

    [Test]
    public Task What_the_guest_writes_at_half_time_is_not_in_the_backup() => RunAsync(async (host, guest, tool) =>
    {
        await guest.FillAsync(0, Size, 1);
        DiskContent before = await host.Disks.SnapshotAsync("disk");
        await using Gate half = await host.Control.Gates.HoldJobAtPercentAsync("backup", 50);
        Task backup = tool.RunFullAsync("disk", "target", "changes");
        await half.WaitAsync();
        await guest.FillAsync(0, Size, 2);
        await half.ReleaseAsync();
        await backup;
        Assert.That(await host.Disks.SnapshotAsync("target"), Is.EqualTo(before));
    });

    private static async Task RunAsync(Func<HostUnderTest, GuestDisk, BackupRunner, Task> test)
    {
        await using HostUnderTest host = await HostUnderTest.StartAsync();
        await host.Disks.AddAsync("disk", Size);
        await host.Disks.AddAsync("target", Size);
        GuestDisk guest = await host.Disks.AttachGuestAsync("disk");
        await host.RunAsync(() => test(host, guest, new BackupRunner(host.Client, TimeSpan.FromMinutes(10))));
    }
}
