using NUnit.Framework;
using QmpHost.Block.Tests.Copy;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Jobs.Backup;

/// <summary>What blockdev-backup refuses, in QEMU 7.2's order and words.</summary>
[TestFixture]
public sealed class BackupArgumentTests
{
    private const int Size = 16 * CopyHost.Cluster;

    private static readonly BlockdevBackup Plain = new() { JobId = "j", Device = "src", Target = "dst", Sync = MirrorSyncMode.Full };

    private static IEnumerable<TestCaseData> Refused()
    {
        BlockdevBackup small = Plain with { Target = "small" };
        yield return Case(Plain with { JobId = null }, "Invalid job ID ''");
        yield return Case(Plain with { JobId = "#x" }, "Invalid job ID '#x'");
        yield return Case(Plain with { JobId = "1x" }, "Invalid job ID '1x'");
        yield return Case(Plain with { Device = "nosrc", Target = "nodst" }, "Cannot find device='nosrc' nor node-name='nosrc'");
        yield return Case(Plain with { JobId = "#", Target = "nodst" }, "Cannot find device='nodst' nor node-name='nodst'");
        yield return Case(Plain with { Target = "src" }, "Source and target cannot be the same");
        yield return Case(small, "Source and target image have different sizes");
        yield return Case(Plain with { JobId = "#j", Target = "ro" }, "Could not create node: Block node is read-only");
        yield return Case(Perf(workers: 0), "max-workers must be between 1 and 2147483647");
        yield return Case(Perf(workers: -5), "max-workers must be between 1 and 2147483647");
        yield return Case(Perf(workers: 2147483648), "max-workers must be between 1 and 2147483647");
        yield return Case(Perf(chunk: -1), "max-chunk must be zero (which means no limit) or positive");
        yield return Case(Perf(chunk: 1), "Required max-chunk (1) is less than backup cluster size (65536)");
        yield return Case(Perf(chunk: 65535), "Required max-chunk (65535) is less than backup cluster size (65536)");
        yield return Case(small with { Compress = true, Bitmap = "nope", Speed = -1, XPerf = new() { MaxChunk = -1 } }, "Bitmap 'nope' could not be found");
        yield return Case(small with { Compress = true, Speed = -1, XPerf = new() { MaxWorkers = 0 } }, "Compression is not supported for this drive ");
        yield return Case(Plain with { FilterNodeName = "dst", Speed = -1 }, "Could not create node: Duplicate nodes with node-name='dst'");
        yield return Case(Plain with { FilterNodeName = "" }, "Could not create node: Invalid node-name: ''");
        yield return Case(Plain with { FilterNodeName = "#a" }, "Could not create node: Invalid node-name: '#a'");
        yield return Case(Plain with { FilterNodeName = "abcdefghijklmnopqrstuvwxyz0123456789" }, "Could not create node: Node name too long");
        yield return Case(Plain with { Sync = MirrorSyncMode.Incremental }, "must provide a valid bitmap name for 'incremental' sync mode");
        yield return Case(Bitmap(MirrorSyncMode.Incremental, null, BitmapSyncMode.Always), "must provide a valid bitmap name for 'incremental' sync mode");
        yield return Case(Bitmap(MirrorSyncMode.Incremental, "nope", BitmapSyncMode.Always), "Bitmap sync mode must be 'on-success' when using sync mode 'incremental'");
        yield return Case(Bitmap(MirrorSyncMode.Incremental, "b0", BitmapSyncMode.Never), "Bitmap sync mode must be 'on-success' when using sync mode 'incremental'");
        yield return Case(Bitmap(MirrorSyncMode.Incremental, "other", null), "Bitmap 'other' could not be found");
        foreach (BitmapSyncMode mode in Enum.GetValues<BitmapSyncMode>())
        {
            yield return Case(Bitmap(MirrorSyncMode.Bitmap, null, mode), "must provide a valid bitmap name for 'bitmap' sync mode");
            yield return Case(Bitmap(MirrorSyncMode.Bitmap, "bitmap404", mode), "Bitmap 'bitmap404' could not be found");
            yield return Case(Bitmap(MirrorSyncMode.None, "b0", mode), "sync mode 'none' does not produce meaningful bitmap outputs");
            foreach (MirrorSyncMode sync in new[] { MirrorSyncMode.Full, MirrorSyncMode.Top, MirrorSyncMode.None })
            {
                yield return Case(Bitmap(sync, null, mode), "Cannot specify bitmap sync mode without a bitmap");
                yield return Case(Bitmap(sync, "bitmap404", mode), "Bitmap 'bitmap404' could not be found");
            }
        }

        yield return Case(Bitmap(MirrorSyncMode.Full, "b0", BitmapSyncMode.Never), "Bitmap sync mode 'never' has no meaningful effect when combined with sync mode 'full'");
        yield return Case(Bitmap(MirrorSyncMode.Top, "b0", BitmapSyncMode.Never), "Bitmap sync mode 'never' has no meaningful effect when combined with sync mode 'top'");
        yield return Case(Bitmap(MirrorSyncMode.Bitmap, "b0", null), "Bitmap sync mode must be given when providing a bitmap");
        yield return Case(Bitmap(MirrorSyncMode.None, "b0", null), "Bitmap sync mode must be given when providing a bitmap");
    }

    [TestCaseSource(nameof(Refused))]
    public void Bad_arguments_change_nothing(BlockdevBackup arguments, string message) => CopyHost.Run(async host =>
    {
        await PrepareAsync(host);
        Assert.That(await JobHost.ErrorOf(() => host.Transactions.RunBackupAsync(arguments)), Is.EqualTo(message));
        Assert.That(host.Events.Take(), Is.Empty);
        AssertUntouched(host);
    });

    [Test]
    public void A_negative_speed_is_found_when_the_job_was_made_already() => CopyHost.Run(async host =>
    {
        await PrepareAsync(host);
        Assert.That(await JobHost.ErrorOf(() => host.Transactions.RunBackupAsync(Plain with { Speed = -1 })),
            Is.EqualTo("Parameter 'speed' expects a non-negative value"));
        Assert.That(host.Events.Take(), Is.EqualTo(new[] { "j created", "j null" }));
        AssertUntouched(host);
    });

    [Test]
    public void Nodes_of_a_job_are_busy() => CopyHost.Run(async host =>
    {
        await PrepareAsync(host);
        await host.AddDiskAsync("third", 2 * Size);
        await host.Transactions.RunBackupAsync(Bitmap(MirrorSyncMode.Bitmap, "b0", BitmapSyncMode.Always) with { AutoFinalize = false, FilterNodeName = "top" });
        host.Events.Take();
        BlockdevBackup second = Plain with { JobId = "k" };
        (BlockdevBackup Arguments, string Message)[] refused =
        [
            (Bitmap(MirrorSyncMode.Bitmap, "b0", BitmapSyncMode.Always), "Bitmap 'b0' is currently in use by another operation and cannot be used"),
            (Bitmap(MirrorSyncMode.Bitmap, "b0", null), "Bitmap sync mode must be given when providing a bitmap"),
            (Bitmap(MirrorSyncMode.None, "b0", BitmapSyncMode.Always), "Bitmap 'b0' is currently in use by another operation and cannot be used"),
            (second, "Node 'dst' is busy: block device is in use by block job: backup"),
            (second with { XPerf = new() { MaxWorkers = 0 } }, "Node 'dst' is busy: block device is in use by block job: backup"),
            (second with { Device = "top", Target = "top" }, "Source and target cannot be the same"),
            (second with { Device = "top", Target = "third" }, "Node 'top' is busy: block device is in use by block job: backup"),
            (second with { Target = "third", XPerf = new() { MaxWorkers = 0 } }, "max-workers must be between 1 and 2147483647"),
            (second with { Target = "third", XPerf = new() { MaxChunk = 1 } }, "Source and target image have different sizes"),
        ];
        foreach ((BlockdevBackup arguments, string message) in refused)
        {
            Assert.That(await JobHost.ErrorOf(() => host.Transactions.RunBackupAsync(arguments)), Is.EqualTo(message));
        }

        Assert.That(await JobHost.ErrorOf(() => host.Graph.DeleteMonitorNodeAsync("dst")),
            Is.EqualTo("Node 'dst' is busy: block device is in use by block job: backup"));
        Assert.That(await JobHost.ErrorOf(() => host.Graph.DeleteMonitorNodeAsync("src")), Is.EqualTo("Block device src is in use"));
        await host.Host.Jobs.CancelAsync("j");
        await host.Graph.DeleteMonitorNodeAsync("dst");
    });

    private static async Task PrepareAsync(CopyHost host)
    {
        await host.AddDiskAsync("src", Size);
        await host.AddDiskAsync("dst", Size);
        await host.AddDiskAsync("small", Size / 2);
        await host.AddDiskAsync("ro", Size, readOnly: true);
        host.Graph.LookUp("src").Bitmaps.Create("b0", CopyHost.Cluster);
        host.Graph.LookUp("dst").Bitmaps.Create("other", CopyHost.Cluster);
    }

    private static void AssertUntouched(CopyHost host)
    {
        Assert.That(host.Graph.Nodes.Select(n => n.NodeName), Is.EqualTo(new[] { "src", "dst", "small", "ro" }));
        Assert.That(host.Bitmaps("src"), Is.EqualTo(new[] { "b0 0 r" }));
        Assert.That(host.Host.Layer.Jobs.Jobs, Is.Empty);
        Assert.That(host.Graph.Nodes.All(n => n.OpBlockers.IsEmpty && !n.IsDrained));
    }

    private static BlockdevBackup Perf(long? workers = null, long? chunk = null)
        => Plain with { XPerf = new BackupPerf { MaxWorkers = workers, MaxChunk = chunk } };

    private static BlockdevBackup Bitmap(MirrorSyncMode sync, string? name, BitmapSyncMode? mode)
        => Plain with { Sync = sync, Bitmap = name, BitmapMode = mode };

    private static TestCaseData Case(BlockdevBackup arguments, string message)
        => new TestCaseData(arguments, message).SetName($"{{m}}({arguments.Sync}, {arguments.Bitmap}, {arguments.BitmapMode}, {arguments.JobId}: {message})");
}
