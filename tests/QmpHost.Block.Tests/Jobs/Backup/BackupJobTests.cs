using NUnit.Framework;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Tests.Copy;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Jobs.Backup;

/// <summary>Courses of backup jobs, with the events that QEMU 7.2 gives for the same steps.</summary>
[TestFixture]
public sealed class BackupJobTests
{
    private const int Cluster = CopyHost.Cluster;
    private const int Size = 64 * Cluster;

    private static readonly BlockdevBackup Plain = new()
    {
        JobId = "j",
        Device = "src",
        Target = "dst",
        Sync = MirrorSyncMode.Full,
        FilterNodeName = "top",
    };

    [Test]
    public void A_full_backup_copies_everything() => CopyHost.Run(async host =>
    {
        MemoryDisk source = await host.AddDiskAsync("src", Size, fill: 5);
        MemoryDisk target = await host.AddDiskAsync("dst", Size);
        await host.Transactions.RunBackupAsync(Plain);

        Assert.That(target.Content, Is.EqualTo(source.Content));
        Assert.That(host.Events.Take(), Is.EqualTo(new[]
        {
            "j created", "j running", "j paused", "j running", "j waiting", "j pending",
            $"COMPLETED j {Size}/{Size} speed 0", "j concluded", "j null",
        }));
        Assert.That((source.Reads, target.Writes), Is.EqualTo((4, 4)), "a megabyte at a time");
        Assert.That(host.Graph.Nodes.Select(n => n.NodeName), Is.EqualTo(new[] { "src", "dst" }));
    });

    [Test]
    public void Progress_is_counted_in_whole_clusters() => CopyHost.Run(async host =>
    {
        MemoryDisk source = await host.AddDiskAsync("src", 1000448, fill: 5);
        MemoryDisk target = await host.AddDiskAsync("dst", 1000448);
        await host.Transactions.RunBackupAsync(Plain with { AutoFinalize = false });
        Assert.That(host.Host.Layer.Jobs.QueryBlockJobs(), Is.EqualTo(new[]
        {
            new BlockJobInfo.Backup
            {
                Device = "j", Len = 1048576, Offset = 1048576, Busy = false, Paused = false, Speed = 0,
                IoStatus = BlockDeviceIoStatus.Ok, Ready = false, Status = JobStatus.Pending, AutoFinalize = false, AutoDismiss = true,
            },
        }));
        await host.Host.Jobs.FinalizeAsync("j");
        Assert.That(target.Content, Is.EqualTo(source.Content));
    });

    [Test]
    public void Sync_none_copies_what_the_guest_overwrites_until_it_is_cancelled() => CopyHost.Run(async host =>
    {
        await host.AddDiskAsync("src", Size, fill: 5);
        MemoryDisk target = await host.AddDiskAsync("dst", Size);
        await host.Transactions.RunBackupAsync(Plain with { Sync = MirrorSyncMode.None });
        BlockBackend guest = host.Use("top");
        await guest.Child.WriteAsync(Cluster, new byte[512]);
        Assert.That(host.Host.Layer.Jobs.QueryJobs().Select(j => (j.Status, j.CurrentProgress, j.TotalProgress)),
            Is.EqualTo(new[] { (JobStatus.Running, (long)Cluster, (long)Size) }));
        await guest.RemoveAsync();
        host.Events.Take();
        await host.Host.Jobs.CancelAsync("j");
        Assert.That(host.Events.Take(), Is.EqualTo(new[] { "j aborting", $"CANCELLED j {Cluster}/{Size} speed 0", "j concluded", "j null" }));
        Assert.That((target.Content[0], target.Content[Cluster]), Is.EqualTo((0, 5)));
    });

    [Test]
    public void A_guest_keeps_its_disk_while_the_filter_comes_and_goes() => CopyHost.Run(async host =>
    {
        MemoryDisk source = await host.AddDiskAsync("src", Size, fill: 5);
        MemoryDisk target = await host.AddDiskAsync("dst", Size);
        BlockBackend guest = host.Use("src");
        await host.Transactions.RunBackupAsync(Plain with { AutoFinalize = false });
        Assert.That(guest.Root!.Node.NodeName, Is.EqualTo("top"));
        await guest.Child.WriteAsync(0, new byte[512]);
        await host.Host.Jobs.FinalizeAsync("j");
        Assert.That(guest.Root!.Node.NodeName, Is.EqualTo("src"));
        Assert.That((source.Content[0], target.Content[0]), Is.EqualTo((0, 5)));
        await guest.RemoveAsync();
    });

    [TestCase(BlockdevOnError.Report, true)]
    [TestCase(BlockdevOnError.Enospc, true)]
    [TestCase(BlockdevOnError.Report, false)]
    public void A_reported_error_ends_the_job(BlockdevOnError onError, bool isRead) => CopyHost.Run(async host =>
    {
        await AddFaultyAsync(host, isRead, Errno.EIO, times: 1);
        await host.Transactions.RunBackupAsync(OneWorker with { OnSourceError = onError, OnTargetError = onError, AutoDismiss = false });
        Assert.That(host.Events.Take()[4..], Is.EqualTo(new[]
        {
            $"ERROR j {(isRead ? "read" : "write")} report", "j aborting", $"COMPLETED j 1048576/{Size} speed 0: Input/output error", "j concluded",
        }));
        Assert.That(host.Host.Layer.Jobs.QueryJobs()[0].Error, Is.EqualTo("Input/output error"));
    });

    [Test]
    public void An_ignored_error_is_tried_again() => CopyHost.Run(async host =>
    {
        await AddFaultyAsync(host, isRead: true, Errno.EIO, times: 2);
        await host.Transactions.RunBackupAsync(OneWorker with { OnSourceError = BlockdevOnError.Ignore });
        Assert.That(host.Events.Take()[4..], Is.EqualTo(new[]
        {
            "ERROR j read ignore", "ERROR j read ignore", "j waiting", "j pending", $"COMPLETED j {Size}/{Size} speed 0", "j concluded", "j null",
        }));
    });

    [Test]
    public void A_stop_waits_for_the_client() => CopyHost.Run(async host =>
    {
        await AddFaultyAsync(host, isRead: false, Errno.ENOSPC, times: 1);
        await host.Transactions.RunBackupAsync(OneWorker with { OnTargetError = BlockdevOnError.Enospc });
        Assert.That(host.Events.Take()[4..], Is.EqualTo(new[] { "ERROR j write stop", "j paused" }));
        BlockJobInfo info = host.Host.Layer.Jobs.QueryBlockJobs()[0];
        Assert.That((info.IoStatus, info.Paused, info.Offset), Is.EqualTo((BlockDeviceIoStatus.Nospace, true, 1048576L)));
        Assert.That(await JobHost.ErrorOf(() => host.Host.BlockJobs.CancelAsync("j", force: false)),
            Is.EqualTo("The block job for device 'j' is currently paused"));
        await host.Host.Jobs.ResumeAsync("j");
        Assert.That(host.Events.Take(), Is.EqualTo(new[]
        {
            "j running", "j waiting", "j pending", $"COMPLETED j {Size}/{Size} speed 0", "j concluded", "j null",
        }));
    });

    [Test]
    public void The_speed_limit_follows_the_hosts_clock() => CopyHost.Run(async host =>
    {
        await host.AddDiskAsync("src", Size, fill: 5);
        await host.AddDiskAsync("dst", Size);
        await host.Transactions.RunBackupAsync(Plain with { Speed = 1024 * 1024 });
        Assert.That(Offset(host), Is.EqualTo(1024 * 1024));
        await host.Host.AdvanceAsync(TimeSpan.FromMilliseconds(999));
        Assert.That(Offset(host), Is.EqualTo(1024 * 1024));
        await host.Host.AdvanceAsync(TimeSpan.FromMilliseconds(2));
        Assert.That(Offset(host), Is.EqualTo(2 * 1024 * 1024));
        host.Events.Take();
        await host.Host.BlockJobs.SetSpeedAsync("j", 0);
        Assert.That(host.Events.Take(), Is.EqualTo(new[]
        {
            "j waiting", "j pending", $"COMPLETED j {Size}/{Size} speed 0", "j concluded", "j null",
        }));
    });

    [Test]
    public void A_paused_backup_has_nothing_under_way() => CopyHost.Run(async host =>
    {
        await host.AddDiskAsync("src", Size, fill: 5);
        MemoryDisk target = await host.AddDiskAsync("dst", Size);
        host.Memory.IsStepped = true;
        await host.Transactions.RunBackupAsync(Plain with { XPerf = new BackupPerf { MaxWorkers = 2 } });
        host.Events.Take();
        await host.Host.Jobs.PauseAsync("j");
        Assert.That(host.Events.Take(), Is.Empty, "two areas are under way");
        while (host.Memory.Waiting > 0)
        {
            host.Memory.Release(0);
        }

        Assert.That(host.Events.Take(), Is.EqualTo(new[] { "j paused" }));
        Assert.That((Offset(host), target.Writes), Is.EqualTo((2L * 1024 * 1024, 2)));
        host.Memory.IsStepped = false;
        await host.Host.Jobs.ResumeAsync("j");
        Assert.That(host.Events.Take()[^1], Is.EqualTo("j null"));
    });

    [Test]
    public void At_most_max_workers_areas_are_under_way() => CopyHost.Run(async host =>
    {
        await host.AddDiskAsync("src", Size, fill: 5);
        await host.AddDiskAsync("dst", Size);
        host.Memory.IsStepped = true;
        await host.Transactions.RunBackupAsync(Plain with { XPerf = new BackupPerf { MaxWorkers = 7, MaxChunk = 2 * Cluster } });
        int most = 0;
        while (host.Memory.Waiting > 0)
        {
            most = Math.Max(most, host.Memory.Waiting);
            host.Memory.Release(most % host.Memory.Waiting);
        }

        await host.Host.Layer.Jobs.SettleAsync();
        Assert.That(most, Is.EqualTo(7));
        Assert.That(host.Events.Take()[^1], Is.EqualTo("j null"));
    });

    private static BlockdevBackup OneWorker => Plain with { XPerf = new BackupPerf { MaxWorkers = 1 } };

    private static long Offset(CopyHost host) => host.Host.Layer.Jobs.QueryBlockJobs()[0].Offset;

    private static async Task AddFaultyAsync(CopyHost host, bool isRead, Errno errno, int times)
    {
        MemoryDisk source = await host.AddDiskAsync("src", Size, fill: 5);
        MemoryDisk target = await host.AddDiskAsync("dst", Size);
        (isRead ? source : target).Fault = (read, offset, bytes)
            => read == isRead && offset <= 1048576 && offset + bytes > 1048576 && times-- > 0 ? errno : Errno.None;
    }
}
