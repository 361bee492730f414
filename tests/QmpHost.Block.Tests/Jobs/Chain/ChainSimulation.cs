using NUnit.Framework;
using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Checking;
using QmpHost.Block.Graph;
using QmpHost.Block.Jobs;
using QmpHost.Block.Jobs.Commit;
using QmpHost.Block.Jobs.Stream;
using QmpHost.Block.Tests.Drivers.Qcow2;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Jobs.Chain;

/// <summary>
/// A chain of three qcow2 images, of which one is committed or streamed while a guest writes, with faults, pauses and cancellations
/// in an order that one number decides: whatever becomes of the job, the guest reads what it wrote, and the images are sound.
/// </summary>
internal sealed class ChainSimulation(Qcow2Host host, int seed)
{
    private const int MaxSteps = 60000;
    private const int Cluster = 64 * 1024;
    private const int Size = (14 * Cluster) - 2048;

    private readonly Random _random = new(seed);
    private readonly GuestModel _model = new(Size, 2 * Cluster);
    private readonly List<TaskCompletionSource> _waiting = [];
    private readonly List<Task> _writes = [];
    private readonly JobCommands _jobs = new(host.Layer.Jobs);
    private readonly bool _isCommit = seed % 2 == 0;
    private readonly bool _keepsBase = seed % 4 == 1;
    private Task _command = Task.CompletedTask;
    private int _faults;
    private bool _isStepped;
    private bool _isCancelled;

    /// <summary>How it ended.</summary>
    public string Outcome { get; private set; } = "";

    private JobStatus Status => host.Layer.Jobs.Find("j")?.Status ?? JobStatus.Null;

    private bool IsWorking => Status is not (JobStatus.Concluded or JobStatus.Null);

    public async Task RunAsync()
    {
        await FillAsync("base", 8);
        await FillAsync("mid", 5);
        await FillAsync("top", 3);
        await AddAsync("base", null);
        await AddAsync("mid", "base");
        BlockNode top = await AddAsync("top", "mid");
        var guest = new BlockBackend(host.Graph, "guest", BlockPermissions.ConsistentRead | BlockPermissions.Write, BlockPermissions.All);
        guest.Insert(top);
        foreach (MemoryDisk disk in host.Disks.Values)
        {
            disk.Interfere = InterfereAsync;
        }

        await StartAsync();
        _isStepped = true;
        _faults = _random.Next(3) == 0 ? _random.Next(1, 4) : 0;
        await DriveAsync(guest);
        await CheckAsync(guest);
    }

    // The images hold their own layers, and the model what is seen from above.
    private async Task FillAsync(string name, int pieces)
    {
        await host.CreateAsync(name, Size);
        BlockBackend image = await host.OpenAsync(name);
        for (int i = 0; i < pieces; i++)
        {
            int offset = _random.Next(Size / Cluster) * Cluster;
            byte[] data = new byte[Math.Min(Cluster, Size - offset)];
            if (_random.Next(5) > 0)
            {
                _random.NextBytes(data);
                await image.WriteAsync(offset, data);
            }
            else
            {
                await image.WriteZeroesAsync(offset, data.Length);
            }

            data.CopyTo(_model.Contents.AsSpan(offset));
        }

        await image.DeleteAsync();
    }

    private ValueTask<BlockNode> AddAsync(string name, string? backing) => host.Graph.AddMonitorNodeAsync(Qcow2Host.Qcow2Options(
        name,
        readOnly: name == "mid",
        options => options with { Backing = backing is null ? new BlockdevRefOrNull.Null() : new BlockdevRefOrNull.Reference("n-" + backing) }));

    private ValueTask StartAsync()
    {
        BlockdevOnError onError = _random.Next(3) == 0 ? BlockdevOnError.Report : BlockdevOnError.Ignore;
        return _isCommit
            ? CommitRequest.RunAsync(host.Layer.Jobs, new BlockCommitArguments
            {
                JobId = "j",
                Device = "n-top",
                TopNode = "n-mid",
                BaseNode = "n-base",
                OnError = onError,
                AutoDismiss = false,
            })
            : StreamRequest.RunAsync(host.Layer.Jobs, new BlockStreamArguments
            {
                JobId = "j",
                Device = "n-top",
                BaseNode = _keepsBase ? "n-base" : null,
                OnError = onError,
                AutoDismiss = false,
            });
    }

    private async ValueTask InterfereAsync(bool isWrite)
    {
        if (!_isStepped)
        {
            return;
        }

        if (_faults > 0 && _random.Next(40) == 0)
        {
            _faults--;
            throw new BlockIOException(Errno.EIO);
        }

        var step = new TaskCompletionSource();
        _waiting.Add(step);
        await step.Task;
    }

    private async Task DriveAsync(BlockBackend guest)
    {
        int writes = _random.Next(16);
        for (int step = 0; _waiting.Count > 0 || IsWorking || !_command.IsCompleted || _model.IsBusy; step++)
        {
            if (_waiting.Count > 0)
            {
                int index = _random.Next(_waiting.Count);
                TaskCompletionSource next = _waiting[index];
                _waiting.RemoveAt(index);
                next.SetResult();
            }

            if (writes > 0 && _random.Next(12) == 0)
            {
                writes--;
                _writes.Add(_model.WriteAsync(guest, _random));
            }

            if (IsWorking && _command.IsCompleted)
            {
                _command = NextCommand();
            }

            host.Clock.Advance(TimeSpan.FromMilliseconds(50));
            await host.Loop.SettleAsync();
            Assert.That(step, Is.LessThan(MaxSteps), $"seed {seed}, {Status}");
        }

        _isStepped = false;
        await Task.WhenAll([.. _writes, _command]).WaitAsync(TimeSpan.FromMinutes(1));
    }

    private Task NextCommand()
    {
        Job job = host.Layer.Jobs.Get("j");
        if (job.IsUserPaused)
        {
            return _jobs.ResumeAsync("j").AsTask();
        }

        if (job.Status is not (JobStatus.Running or JobStatus.Paused))
        {
            return Task.CompletedTask;
        }

        int chance = _random.Next(400);
        _isCancelled |= chance == 0;
        return chance == 0 ? _jobs.CancelAsync("j").AsTask() : chance < 6 ? _jobs.PauseAsync("j").AsTask() : Task.CompletedTask;
    }

    private async Task CheckAsync(BlockBackend guest)
    {
        string? error = host.Layer.Jobs.QueryJobs()[0].Error;
        Outcome = $"seed {seed}: {(_isCommit ? "commit" : "stream")} {error ?? "success"}";
        byte[] seen = new byte[Size];
        await guest.ReadAsync(0, seen);
        _model.Check(seen, Outcome);

        Assert.That(error is null || _isCancelled || error == "Input/output error", Outcome);
        string? below = guest.Node.CowChild?.Node.NodeName;
        string? cut = _isCommit || _keepsBase ? "n-base" : null;

        // Where only the name in the image's header could not be written, the chain is cut all the same.
        Assert.That(below, error is null ? Is.EqualTo(cut) : Is.EqualTo(cut).Or.EqualTo("n-mid"), Outcome);
        Assert.That(host.Graph.Nodes.All(static node => !node.IsDrained && node.RequestsInFlight == 0), Outcome);
        await guest.DeleteAsync();
        await host.Layer.Jobs.Get("j").CancelAsync(force: true);
        foreach (string name in new[] { "top", "mid", "base" })
        {
            await host.Graph.DeleteMonitorNodeAsync("n-" + name);
        }

        Assert.That(host.Graph.Nodes, Is.Empty, Outcome);
        foreach (string name in host.Disks.Keys.ToArray())
        {
            CheckReport report = await host.CheckAsync(name);
            Assert.That(report.Corruptions, Is.Zero, $"{Outcome}: {name}");
        }
    }
}
