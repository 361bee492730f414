using NUnit.Framework;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Jobs.Mirror;
using QmpHost.Block.Tests.Copy;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Jobs.Mirror;

/// <summary>
/// One mirror while a guest writes, with faults, pauses and cancellations in an order that one number decides: where it
/// completes, the target must equal the source, and so must it where a ready mirror is cancelled in good order.
/// </summary>
internal sealed class MirrorSimulation(CopyHost host, int seed)
{
    private const int MaxSteps = 20000;
    private const int Cluster = CopyHost.Cluster;
    private const int Size = (24 * Cluster) - 2048;

    private readonly Random _random = new(seed);
    private readonly GuestModel _model = new(Size, 2 * Cluster);
    private readonly List<Task> _guestWrites = [];
    private MemoryDisk _source = null!;
    private MemoryDisk _target = null!;
    private Task _command = Task.CompletedTask;
    private bool _isEnding;
    private bool _isForced;

    /// <summary>How it ended.</summary>
    public string Outcome { get; private set; } = "";

    public async Task RunAsync()
    {
        _source = await host.AddDiskAsync("src", Size);
        _target = await host.AddDiskAsync("dst", Size, fill: 0xEE);
        _random.NextBytes(_source.Content.AsSpan(0, Size / 2));
        _source.Content.AsSpan(0, Size).CopyTo(_model.Contents);
        int faults = _random.Next(3) == 0 ? _random.Next(1, 4) : 0;
        _source.Fault = _target.Fault = (_, _, _) => faults > 0 && _random.Next(8) == 0 && faults-- > 0 ? Errno.EIO : Errno.None;
        BlockBackend guest = host.Use("src");
        BlockdevOnError onError = _random.Next(3) == 0 ? BlockdevOnError.Report : BlockdevOnError.Ignore;
        await MirrorRequest.RunAsync(host.Host.Layer.Jobs, new BlockdevMirrorArguments
        {
            JobId = "j",
            Device = "src",
            Target = "dst",
            Sync = MirrorSyncMode.Full,
            CopyMode = _random.Next(2) == 0 ? MirrorCopyMode.Background : MirrorCopyMode.WriteBlocking,
            Granularity = _random.Next(2) == 0 ? 4096u : null,
            BufSize = _random.Next(2) == 0 ? Cluster : null,
            OnSourceError = onError,
            OnTargetError = onError,
            AutoDismiss = false,
        });
        host.Memory.IsStepped = true;
        await DriveAsync(guest);
        Check(guest);
        await guest.RemoveAsync();
    }

    private JobStatus Status => host.Host.Layer.Jobs.Find("j")?.Status ?? JobStatus.Null;

    private bool IsWorking => Status is JobStatus.Running or JobStatus.Paused or JobStatus.Ready or JobStatus.Standby;

    private async Task DriveAsync(BlockBackend guest)
    {
        int writes = _random.Next(20);
        for (int step = 0; host.Memory.Waiting > 0 || IsWorking || !_command.IsCompleted; step++)
        {
            if (host.Memory.Waiting > 0)
            {
                host.Memory.Release(_random.Next(host.Memory.Waiting));
            }

            if (writes > 0 && _random.Next(4) == 0)
            {
                writes--;
                _guestWrites.Add(_model.WriteAsync(guest, _random));
            }

            if (IsWorking && _command.IsCompleted)
            {
                _command = NextCommand(writes);
            }

            host.Host.Clock.Advance(TimeSpan.FromMilliseconds(50));
            await host.Host.Loop.SettleAsync();
            Assert.That(step, Is.LessThan(MaxSteps), $"seed {seed}, {Status}: {string.Join(", ", host.Events.Lines.TakeLast(12))}");
        }

        host.Memory.IsStepped = false;
        await Task.WhenAll([.. _guestWrites, _command]).WaitAsync(TimeSpan.FromMinutes(2));
    }

    private Task NextCommand(int writes)
    {
        if (host.Host.Layer.Jobs.Get("j").IsUserPaused)
        {
            return host.Host.Jobs.ResumeAsync("j").AsTask();
        }

        if (_random.Next(8) == 0)
        {
            return host.Host.Jobs.PauseAsync("j").AsTask();
        }

        if (Status != JobStatus.Ready || _isEnding || (writes > 0 && _random.Next(10) > 0))
        {
            return Task.CompletedTask;
        }

        _isEnding = true;
        _isForced = _random.Next(6) == 0;
        return _isForced ? host.Host.Jobs.CancelAsync("j").AsTask()
            : _random.Next(3) == 0 ? host.Host.BlockJobs.CancelAsync("j", force: false).AsTask()
            : host.Host.Jobs.CompleteAsync("j").AsTask();
    }

    private void Check(BlockBackend guest)
    {
        JobInfo job = host.Host.Layer.Jobs.QueryJobs()[0];
        bool completed = job.Error is null && !_isForced;
        Outcome = $"seed {seed}: {job.Error ?? (completed ? "success" : "cancelled")}, guest at {guest.Node.NodeName}";
        byte[] seen = guest.Node.NodeName == "src" ? _source.Content : _target.Content;
        _model.Check(seen, Outcome);

        if (completed && guest.Node.NodeName == "src" && _guestWrites.Count == 0)
        {
            Assert.That(_target.Content.AsSpan(0, Size).SequenceEqual(_source.Content.AsSpan(0, Size)), Outcome);
        }

        Assert.That(host.Graph.Nodes.Select(n => n.NodeName), Is.EqualTo(new[] { "src", "dst" }), Outcome);
        Assert.That(host.Graph.Nodes.All(n => n.OpBlockers.IsEmpty && !n.IsDrained && n.RequestsInFlight == 0), Outcome);
        Assert.That(host.Bitmaps("src"), Is.Empty, Outcome);
    }
}
