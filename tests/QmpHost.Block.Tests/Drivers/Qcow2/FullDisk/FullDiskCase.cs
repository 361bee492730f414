using NUnit.Framework;
using QmpHost.Block.Bitmaps;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Snapshots;
using QmpHost.Block.Jobs;
using QmpHost.Block.Jobs.Backup;
using QmpHost.Block.Jobs.Commit;
using QmpHost.Block.Jobs.Mirror;
using QmpHost.Block.Jobs.Stream;
using QmpHost.Block.Tests.Jobs;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Drivers.Qcow2.FullDisk;

/// <summary>
/// Something is written to images while the file system has only little room left: it fails with the system's words, or there was
/// room enough. Whatever a guest had written is there afterwards, no image contradicts itself, and with more room the same succeeds.
/// </summary>
internal sealed class FullDiskCase(Qcow2Host host, FullDiskWork work, int seed)
{
    private const int Size = 400 * 1024;
    private const int MaxSteps = 20000;

    private readonly Random _random = new(seed);
    private readonly JobCommands _jobs = new(host.Layer.Jobs);
    private byte[] _contents = new byte[Size];
    private byte[]? _next;
    private BlockBackend? _guest;
    private int _attempts;

    /// <summary>Whether there was too little room at first.</summary>
    public bool HasFailed { get; private set; }

    private string Story => $"{work}, seed {seed}, attempt {_attempts}";

    private BlockBackend Guest => _guest!;

    public async Task RunAsync()
    {
        await PrepareAsync();
        foreach (MemoryDisk disk in host.Disks.Values)
        {
            disk.MaxLength = disk.Length + _random.Next(_random.Next(2, 200_000));
        }

        string? failure = await AttemptAsync();
        HasFailed = failure is not null;
        Assert.That(failure, Is.Null.Or.Contains("No space left on device"), Story);
        await CheckContentsAsync();
        bool reopens = _random.Next(2) == 0;
        if (reopens)
        {
            // Even with no room still, all that was there is found again.
            await CloseAsync();
            await CheckImagesAsync();
        }

        foreach (MemoryDisk disk in host.Disks.Values)
        {
            disk.MaxLength = 1 << 30;
        }

        if (reopens)
        {
            await OpenAsync();
        }

        if (HasFailed)
        {
            Assert.That(await AttemptAsync(), Is.Null, Story);
        }

        await CheckContentsAsync();
        await CloseAsync();
        await CheckImagesAsync();
    }

    private async Task PrepareAsync()
    {
        int bits = _random.Next(9, 17);
        foreach ((string name, string? backing) in new[] { ("base", null), ("top", "base"), ("target", null) })
        {
            await host.CreateAsync(name, Size, options => options with
            {
                ClusterSize = 1UL << bits,
                BackingFile = backing,
                BackingFmt = backing is null ? null : BlockdevDriver.Qcow2,
            });
        }

        host.Disks["new"] = new MemoryDisk();
        await FillAsync("base");
        await FillAsync("top");
        await OpenAsync();
    }

    private async Task FillAsync(string name)
    {
        BlockBackend image = await host.OpenAsync(name);
        for (int i = _random.Next(1, 6); i > 0; i--)
        {
            (int offset, byte[] data) = Pick();
            await image.WriteAsync(offset, data);
            data.CopyTo(_contents.AsSpan(offset));
        }

        await image.DeleteAsync();
    }

    private (int Offset, byte[] Data) Pick()
    {
        int offset = _random.Next(Size / 512) * 512;
        byte[] data = new byte[Math.Min(_random.Next(1, 300) * 512, Size - offset)];
        _random.NextBytes(data);
        return (offset, data);
    }

    private async Task OpenAsync()
    {
        await host.Graph.AddMonitorNodeAsync(Qcow2Host.Qcow2Options("target"));
        await host.Graph.AddMonitorNodeAsync(Qcow2Host.Qcow2Options("base"));
        BlockNode top = await host.Graph.AddMonitorNodeAsync(
            Qcow2Host.Qcow2Options("top", more: static options => options with { Backing = new BlockdevRefOrNull.Reference("n-base") }));
        _guest = new BlockBackend(
            host.Graph,
            "guest",
            BlockPermissions.ConsistentRead | BlockPermissions.Write | (work == FullDiskWork.Resize ? BlockPermissions.Resize : BlockPermissions.None),
            BlockPermissions.All);
        _guest.Insert(top);
    }

    private async Task CloseAsync()
    {
        await Guest.DeleteAsync();
        foreach (string name in new[] { "top", "base", "target" })
        {
            await host.Graph.DeleteMonitorNodeAsync("n-" + name);
        }
    }

    private async Task<string?> AttemptAsync()
    {
        _attempts++;
        try
        {
            return await DoAsync();
        }
        catch (BlockIOException e)
        {
            return e.Message;
        }
        catch (QmpException e)
        {
            return e.Message;
        }
    }

    private async Task<string?> DoAsync()
    {
        switch (work)
        {
            case FullDiskWork.Write:
            case FullDiskWork.WriteZeroes:
            case FullDiskWork.Compress:
                await WriteAsync();
                return null;
            case FullDiskWork.Resize:
                await Guest.Child.TruncateAsync(Guest.Node.Length + (256 * 1024), exact: false, PreallocMode.Full);
                return null;
            case FullDiskWork.Snapshot:
                await ((IInternalSnapshots)Guest.Node.Driver).CreateAsync(new SnapshotInfo
                {
                    Id = "",
                    Name = $"s{_attempts}",
                    VmStateSize = 0,
                    DateSec = 0,
                    DateNsec = 0,
                    VmClockSec = 0,
                    VmClockNsec = 0,
                });
                return null;
            case FullDiskWork.StoreBitmaps:
                await DirtyBitmapOperations.AddAsync(Guest.Node.Bitmaps, new DirtyBitmapAddition($"b{_attempts}", 512, Persistent: true, Disabled: false));
                await CloseAsync();
                await OpenAsync();
                return Guest.Node.Bitmaps.Find($"b{_attempts}") is null ? "Lost: No space left on device" : null;
            case FullDiskWork.Create:
                await host.CreateAsync("new", Size, static options => options with { Preallocation = PreallocMode.Full }, host.Disks["new"]);
                return null;
            default:
                return await RunJobAsync();
        }
    }

    private async Task WriteAsync()
    {
        (int offset, byte[] data) = Pick();
        if (work == FullDiskWork.WriteZeroes)
        {
            // Not whole clusters, so that some are copied.
            data.AsSpan().Clear();
        }

        int cluster = (int)Guest.Node.Driver.ClusterSize;
        if (work == FullDiskWork.Compress)
        {
            offset = offset / cluster * cluster;
            data = new byte[Math.Min(cluster, Size - offset)];
            _random.NextBytes(data);
        }

        _next = [.. _contents];
        data.CopyTo(_next.AsSpan(offset));
        switch (work)
        {
            case FullDiskWork.WriteZeroes:
                await Guest.WriteZeroesAsync(offset, data.Length);
                break;
            case FullDiskWork.Compress:
                try
                {
                    await Guest.Child.WriteAsync(offset, data, RequestFlags.WriteCompressed);
                }
                catch (BlockIOException e) when (e.Errno == Errno.EIO)
                {
                    // The cluster holds something: nothing has changed.
                    _next = null;
                }

                break;
            default:
                await Guest.WriteAsync(offset, data);
                await Guest.FlushAsync();
                break;
        }

        _contents = _next ?? _contents;
        _next = null;
    }

    private async Task<string?> RunJobAsync()
    {
        const string Id = "j";
        switch (work)
        {
            case FullDiskWork.Commit:
                await CommitRequest.RunAsync(host.Layer.Jobs, new BlockCommitArguments { JobId = Id, Device = "n-top", BaseNode = "n-base", AutoDismiss = false });
                break;
            case FullDiskWork.Stream:
                await StreamRequest.RunAsync(host.Layer.Jobs, new BlockStreamArguments { JobId = Id, Device = "n-top", AutoDismiss = false });
                break;
            case FullDiskWork.Mirror:
                await MirrorRequest.RunAsync(
                    host.Layer.Jobs, new BlockdevMirrorArguments { JobId = Id, Device = "n-top", Target = "n-target", Sync = MirrorSyncMode.Full, AutoDismiss = false });
                break;
            default:
                BlockNode source = host.Graph.LookUp("n-top");
                BackupJob job = await BackupJob.CreateAsync(
                    host.Layer.Jobs,
                    new BlockdevBackup { JobId = Id, Device = "n-top", Target = "n-target", Sync = MirrorSyncMode.Full, AutoDismiss = false },
                    source,
                    host.Graph.LookUp("n-target"),
                    null);
                job.Start();
                break;
        }

        await WaitAsync(() => host.Layer.Jobs.Get(Id).Status is JobStatus.Ready or JobStatus.Concluded);
        if (host.Layer.Jobs.Get(Id).Status == JobStatus.Ready)
        {
            // What is not completed leaves everything where it is.
            await host.Layer.Jobs.Get(Id).UserCancelAsync(force: work != FullDiskWork.Mirror);
            await WaitAsync(() => host.Layer.Jobs.Get(Id).Status == JobStatus.Concluded);
        }

        string? error = host.Layer.Jobs.QueryJobs()[0].Error;
        await _jobs.DismissAsync(Id);
        return work == FullDiskWork.Commit && error == "Operation canceled" ? null : error;
    }

    private async Task WaitAsync(Func<bool> isReached)
    {
        for (int step = 0; !isReached(); step++)
        {
            Assert.That(step, Is.LessThan(MaxSteps), Story);
            host.Clock.Advance(TimeSpan.FromMilliseconds(50));
            await host.Loop.YieldAsync();
        }
    }

    private async Task CheckContentsAsync()
    {
        byte[] found = new byte[Size];
        await Guest.ReadAsync(0, found);
        for (int offset = 0; offset < Size; offset++)
        {
            Assert.That(found[offset] == _contents[offset] || found[offset] == _next?[offset], $"{Story}: offset {offset}");
        }

        _contents = found;
        _next = null;
    }

    private async Task CheckImagesAsync()
    {
        foreach (string name in new[] { "top", "base", "target" })
        {
            var report = await host.CheckAsync(name);
            Assert.That(report.Corruptions, Is.Zero, () => $"{Story}: {name}\n{string.Join('\n', report.Messages)}");
        }
    }
}
