using NUnit.Framework;
using QmpHost.Block.Bitmaps;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Tests.Copy;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Jobs.Backup;

/// <summary>
/// One backup while a guest writes, in an order that one number decides, against a model: the frozen contents, and
/// sets of clusters for the bitmap.
/// </summary>
internal sealed class BackupSimulation
{
    private const int MaxSteps = 20000;
    private const int Clusters = 24;
    private const int Cluster = CopyHost.Cluster;
    private const int Size = (Clusters * Cluster) - 2048;

    private readonly CopyHost _host;
    private readonly Random _random;
    private readonly List<Task> _guestWrites = [];
    private readonly bool[] _allocated = new bool[Clusters];
    private readonly MirrorSyncMode _sync;
    private readonly BitmapSyncMode? _mode;
    private readonly BlockdevOnError _onError;
    private MemoryDisk _source = null!;
    private MemoryDisk _target = null!;
    private byte[] _frozen = [];
    private HashSet<int> _before = [];
    private HashSet<int> _since = [];
    private readonly HashSet<int> _perhaps = [];
    private Task _command = Task.CompletedTask;
    private bool _jobRuns;

    public BackupSimulation(CopyHost host, int seed)
    {
        _host = host;
        _random = new Random(seed);
        _sync = Pick(MirrorSyncMode.Full, MirrorSyncMode.Top, MirrorSyncMode.Bitmap, MirrorSyncMode.None);
        _mode = _sync switch
        {
            MirrorSyncMode.Bitmap => Pick(BitmapSyncMode.Never, BitmapSyncMode.OnSuccess, BitmapSyncMode.Always),
            MirrorSyncMode.None => null,
            _ => Pick<BitmapSyncMode?>(null, BitmapSyncMode.OnSuccess, BitmapSyncMode.Always),
        };
        _onError = Pick(BlockdevOnError.Report, BlockdevOnError.Ignore);
    }

    /// <summary>What was simulated and how it ended.</summary>
    public string Outcome { get; private set; } = "";

    public async Task RunAsync()
    {
        await PrepareAsync();
        BlockBackend guest = _host.Use("src");
        for (int i = _random.Next(6); i > 0; i--)
        {
            await WriteAsync(guest);
        }

        _before = [.. _since];
        _since = [];
        _host.Events.OnLine = line => OnEvent(line);
        _host.Memory.IsStepped = true;
        Task started = _host.Transactions.RunBackupAsync(MakeArguments()).AsTask();
        await DriveAsync(guest, started);
        await started;
        await EndAsync();
        Check();
        await guest.RemoveAsync();
    }

    private async Task PrepareAsync()
    {
        _source = await _host.AddDiskAsync("src", Size);
        _target = await _host.AddDiskAsync("dst", Size, fill: 0xEE);
        for (int i = 0; i < Clusters; i++)
        {
            _allocated[i] = _sync != MirrorSyncMode.Top || _random.Next(3) > 0;
            if (_allocated[i] && _random.Next(4) > 0)
            {
                _random.NextBytes(_source.Content.AsSpan(i * Cluster, Math.Min(Cluster, Size - (i * Cluster))));
            }
        }

        _source.Allocated = _allocated;
        _host.Graph.LookUp("src").Bitmaps.Create("b0", Cluster);
        int faults = _random.Next(3) == 0 ? _random.Next(1, 4) : 0;
        _source.Fault = _target.Fault = (_, _, _) => _jobRuns && faults > 0 && _random.Next(8) == 0 && faults-- > 0 ? Errno.EIO : Errno.None;
    }

    private BlockdevBackup MakeArguments() => new()
    {
        JobId = "j",
        Device = "src",
        Target = "dst",
        Sync = _sync,
        Bitmap = _mode is null ? null : "b0",
        BitmapMode = _mode,
        AutoFinalize = false,
        AutoDismiss = false,
        FilterNodeName = "top",
        OnSourceError = _onError,
        OnTargetError = _onError,
        XPerf = new BackupPerf { MaxWorkers = _random.Next(1, 6), MaxChunk = _random.Next(3) * 2 * Cluster },
    };

    private void OnEvent(string line)
    {
        if (line == "j created")
        {
            // The source is drained: this is the moment that the backup shows.
            _frozen = [.. _source.Content];
        }
        else if (line == "j running")
        {
            _jobRuns = true;
        }
        else if (line is "j waiting" or "j aborting")
        {
            _jobRuns = false;
        }
    }

    private async Task DriveAsync(BlockBackend guest, Task started)
    {
        int writes = _random.Next(10);
        int cancelAfter = _random.Next(4) == 0 ? _random.Next(60) : int.MaxValue;
        for (int step = 0; !started.IsCompleted || _host.Memory.Waiting > 0 || IsWorking; step++)
        {
            if (_host.Memory.Waiting > 0)
            {
                _host.Memory.Release(_random.Next(_host.Memory.Waiting));
            }

            if (writes > 0 && started.IsCompleted && _random.Next(4) == 0)
            {
                writes--;
                _guestWrites.Add(WriteAsync(guest));
            }

            if (IsWorking && _command.IsCompleted)
            {
                bool isIdle = _sync == MirrorSyncMode.None && writes == 0;
                _command = NextCommand(cancel: step > cancelAfter || isIdle);
            }

            await _host.Host.Loop.SettleAsync();
            Assert.That(step, Is.LessThan(MaxSteps), Describe());
        }

        _host.Memory.IsStepped = false;
        await Task.WhenAll([.. _guestWrites, _command]).WaitAsync(TimeSpan.FromMinutes(2));
    }

    private string Describe()
        => $"{_sync} {_mode}, started {_host.Events.Lines.Count}, waiting {_host.Memory.Waiting}: {string.Join(", ", _host.Events.Lines.TakeLast(12))}";

    private bool IsWorking => _host.Host.Layer.Jobs.Find("j") is { Status: JobStatus.Running or JobStatus.Paused };

    // A command may have to wait for requests, which go on only when the scheduler lets them.
    private Task NextCommand(bool cancel)
    {
        if (cancel)
        {
            return _host.Host.Jobs.CancelAsync("j").AsTask();
        }

        if (_random.Next(6) > 0)
        {
            return Task.CompletedTask;
        }

        bool isPaused = _host.Host.Layer.Jobs.Get("j").IsUserPaused;
        return isPaused ? _host.Host.Jobs.ResumeAsync("j").AsTask() : _host.Host.Jobs.PauseAsync("j").AsTask();
    }

    private async Task EndAsync()
    {
        if (_host.Host.Layer.Jobs.Get("j").Status == JobStatus.Pending)
        {
            await _host.Host.Jobs.FinalizeAsync("j");
        }
    }

    private async Task WriteAsync(BlockBackend guest)
    {
        int bytes = (_random.Next(2 * Cluster / 512) + 1) * 512;
        int offset = _random.Next((Size - bytes) / 512) * 512;
        var data = new byte[bytes];
        _random.NextBytes(data);
        HashSet<int> written;
        try
        {
            await guest.Child.WriteAsync(offset, data);
            written = _since;
        }
        catch (BlockIOException)
        {
            // Its copy failed, or the write itself, which is recorded then all the same.
            written = _perhaps;
        }

        for (int i = offset / Cluster; i <= (offset + bytes - 1) / Cluster; i++)
        {
            written.Add(i);
            _allocated[i] = true;
        }
    }

    private void Check()
    {
        JobInfo job = _host.Host.Layer.Jobs.QueryJobs()[0];
        bool succeeded = job.Error is null;
        Outcome = $"{_sync} {_mode} {job.Error ?? "success"}";
        HashSet<int> bitmap = Dirty(_host.Graph.LookUp("src").Bitmaps.Get("b0"));
        if (_mode is null or BitmapSyncMode.Never || (_mode == BitmapSyncMode.OnSuccess && !succeeded))
        {
            AssertDirty(bitmap, _before.Union(_since));
        }
        else if (succeeded)
        {
            AssertDirty(bitmap, _since);
        }
        else
        {
            Assert.That(_since.IsSubsetOf(bitmap), Outcome);
        }

        for (int i = 0; i < Clusters; i++)
        {
            // After a failure with mode "always", what is clean in the bitmap was copied all the same.
            bool copied = succeeded ? IsWanted(i) : _mode == BitmapSyncMode.Always && IsWanted(i) && !bitmap.Contains(i);
            if (copied)
            {
                Assert.That(Part(_target.Content, i).SequenceEqual(Part(_frozen, i)), $"{Outcome}: cluster {i}");
            }
        }

        Assert.That(_host.Graph.Nodes.Select(n => n.NodeName), Is.EqualTo(new[] { "src", "dst" }));
        Assert.That(_host.Graph.Nodes.All(n => n.OpBlockers.IsEmpty && !n.IsDrained && n.RequestsInFlight == 0));
        Assert.That(_host.Bitmaps("src"), Has.Length.EqualTo(1));
    }

    private void AssertDirty(HashSet<int> bitmap, IEnumerable<int> expected)
        => Assert.That(bitmap.Except(_perhaps), Is.EquivalentTo(expected.Except(_perhaps)), Outcome);

    private bool IsWanted(int cluster) => _sync switch
    {
        MirrorSyncMode.Full => true,
        MirrorSyncMode.Bitmap => _before.Contains(cluster),
        MirrorSyncMode.Top => _allocated[cluster] && !_since.Contains(cluster) && !_perhaps.Contains(cluster),
        _ => false,
    };

    private static Span<byte> Part(byte[] content, int cluster)
        => content.AsSpan(cluster * Cluster, Math.Min(Cluster, Size - (cluster * Cluster)));

    private static HashSet<int> Dirty(DirtyBitmap bitmap)
        => [.. Enumerable.Range(0, Clusters).Where(i => bitmap.Bits.Get((long)i * Cluster))];

    private T Pick<T>(params ReadOnlySpan<T> values) => values[_random.Next(values.Length)];
}
