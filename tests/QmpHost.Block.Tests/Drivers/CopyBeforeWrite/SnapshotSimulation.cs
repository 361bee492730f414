using NUnit.Framework;
using QmpHost.Block.Bitmaps;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Tests.Copy;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Drivers.CopyBeforeWrite;

/// <summary>
/// Guests, snapshot readers and discarders on one filter, all at once, in an order that one number decides. Requests
/// take their data half at a time, so that a read that is not protected from a write shows.
/// </summary>
internal sealed class SnapshotSimulation
{
    private const int Clusters = 12;
    private const int Cluster = CopyHost.Cluster;
    private const int Size = (Clusters * Cluster) - 1024;
    private const int Sector = 512;

    private readonly CopyHost _host;
    private readonly Random _random;
    private readonly List<Task> _running = [];
    private readonly bool[] _discarded = new bool[Clusters];
    private readonly bool _breakSnapshot;
    private byte[] _frozen = [];
    private BlockBackend? _guest;
    private BlockBackend? _reader;
    private bool _targetFails;

    public SnapshotSimulation(CopyHost host, int seed)
    {
        _host = host;
        _random = new Random(seed);
        _breakSnapshot = seed % 3 == 0;
    }

    public int Reads { get; private set; }

    public async Task RunAsync(int operations)
    {
        MemoryDisk disk = await _host.AddDiskAsync("disk", Size);
        MemoryDisk scratch = await _host.AddDiskAsync("scratch", Size);
        _random.NextBytes(disk.Content);
        _frozen = [.. disk.Content];
        bool faulty = _random.Next(4) == 0;
        scratch.Fault = (isRead, _, _) => !isRead && faulty && _random.Next(6) == 0 ? Fail() : Errno.None;
        await _host.AddFilterAsync("cbw", "disk", "scratch", new BlockdevOptionsCbw
        {
            File = new BlockdevRef.Reference("disk"),
            Target = new BlockdevRef.Reference("scratch"),
            OnCbwError = _breakSnapshot ? OnCbwError.BreakSnapshot : OnCbwError.BreakGuestWrite,
            Bitmap = LimitAccess(),
        });
        await _host.AddSnapshotAsync("sa", "cbw");
        _guest = _host.Use("cbw");
        _reader = _host.Use("sa");
        _host.Memory.IsStepped = true;
        for (int started = 0; started < operations || _host.Memory.Waiting > 0;)
        {
            if (started < operations && (_host.Memory.Waiting == 0 || _random.Next(3) == 0))
            {
                _running.Add(StartOne());
                started++;
            }
            else
            {
                _host.Memory.Release(_random.Next(_host.Memory.Waiting));
            }

            if (_random.Next(4) == 0 || _host.Memory.Waiting == 0)
            {
                await _host.Host.Loop.SettleAsync();
            }
        }

        await Task.WhenAll(_running).WaitAsync(TimeSpan.FromMinutes(2));
        await _guest.RemoveAsync();
        await _reader.RemoveAsync();
    }

    // Half of the views show a part of the disk only: the rest is refused from the beginning.
    private BlockDirtyBitmap? LimitAccess()
    {
        if (_random.Next(2) == 0)
        {
            return null;
        }

        DirtyBitmap wanted = _host.Graph.LookUp("disk").Bitmaps.Create("wanted", Cluster);
        for (int at = 0; at < Clusters; at++)
        {
            _discarded[at] = _random.Next(4) == 0;
            if (!_discarded[at])
            {
                wanted.Bits.Set((long)at * Cluster, Math.Min(Cluster, Size - (at * Cluster)));
            }
        }

        return new BlockDirtyBitmap { Node = "disk", Name = "wanted" };
    }

    private Task StartOne() => _random.Next(10) switch
    {
        < 4 => ReadAsync(),
        < 7 => GuestAsync(WriteOnce),
        7 => GuestAsync((offset, bytes) => _guest!.Child.WriteZeroesAsync(offset, bytes)),
        8 => GuestAsync((offset, bytes) => _guest!.Child.DiscardAsync(offset, bytes)),
        _ => DiscardAsync(),
    };

    private ValueTask WriteOnce(long offset, int bytes)
    {
        var data = new byte[bytes];
        _random.NextBytes(data);
        return _guest!.Child.WriteAsync(offset, data);
    }

    private async Task GuestAsync(Func<long, int, ValueTask> request)
    {
        (long offset, int bytes) = NextArea(3 * Cluster);
        try
        {
            await request(offset, bytes);
        }
        catch (BlockIOException e)
        {
            Assert.That((e.Errno, _breakSnapshot), Is.EqualTo((Errno.ENOSPC, false)), "a guest write fails only when its copy does");
        }
    }

    private async Task DiscardAsync()
    {
        (long offset, int bytes) = NextArea(2 * Cluster);
        for (long at = (offset + Cluster - 1) / Cluster; (at + 1) * Cluster <= offset + bytes || (at < Clusters && offset + bytes == Size); at++)
        {
            _discarded[at] = true;
        }

        await _reader!.Child.DiscardAsync(offset, bytes);
    }

    private async Task ReadAsync()
    {
        (long offset, int bytes) = NextArea(4 * Cluster);
        var buffer = new byte[bytes];
        bool mustFail = TouchesDiscarded(offset, bytes);
        try
        {
            await _reader!.Child.ReadAsync(offset, buffer);
        }
        catch (BlockIOException e)
        {
            bool mayFail = TouchesDiscarded(offset, bytes) || (_breakSnapshot && _targetFails);
            Assert.That((e.Errno, mayFail), Is.EqualTo((Errno.EACCES, true)), "a read fails only where the snapshot was given up");
            return;
        }

        Assert.That(mustFail, Is.False, "an area that was given up is not to be read");
        if (!TouchesDiscarded(offset, bytes))
        {
            Assert.That(buffer.AsSpan().SequenceEqual(_frozen.AsSpan((int)offset, bytes)), $"{bytes} bytes at {offset}");
            Reads++;
        }
    }

    private (long Offset, int Bytes) NextArea(int most)
    {
        int bytes = (_random.Next(most / Sector) + 1) * Sector;
        long offset = (long)_random.Next((Size - Math.Min(bytes, Size)) / Sector + 1) * Sector;
        return (offset, (int)Math.Min(bytes, Size - offset));
    }

    private bool TouchesDiscarded(long offset, long bytes)
    {
        for (long at = offset / Cluster; at <= (offset + bytes - 1) / Cluster; at++)
        {
            if (_discarded[at])
            {
                return true;
            }
        }

        return false;
    }

    private Errno Fail()
    {
        _targetFails = true;
        return Errno.ENOSPC;
    }
}
