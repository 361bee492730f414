using BenchmarkDotNet.Attributes;
using QmpHost.Block.Bitmaps;

namespace QmpHost.Benchmarks.InProcess;

/// <summary>The hierarchical bitmap: searching huge disks, recording random writes, walking and hashing.</summary>
[MemoryDiagnoser]
public class BitmapBenchmarks
{
    private const long TiB = 1L << 40;
    private const int Writes = 1 << 16;

    private readonly long[] _offsets = new long[Writes];
    private HierarchicalBitmap _empty = null!;
    private HierarchicalBitmap _lastOnly = null!;
    private HierarchicalBitmap _full = null!;
    private HierarchicalBitmap _scattered = null!;
    private HierarchicalBitmap _guest = null!;

    [GlobalSetup]
    public void MakeBitmaps()
    {
        var random = new Random(1);
        _empty = new HierarchicalBitmap(16 * TiB, 65536);
        _lastOnly = new HierarchicalBitmap(16 * TiB, 512);
        _lastOnly.Set((16 * TiB) - 1, 1);
        _full = new HierarchicalBitmap(16 * TiB, 65536);
        _full.SetAll();
        _scattered = new HierarchicalBitmap(16 * TiB, 65536);
        _guest = new HierarchicalBitmap(64L << 30, 65536);
        for (int i = 0; i < Writes; i++)
        {
            _offsets[i] = random.NextInt64(_guest.Size >> 12) << 12;
            _scattered.Set(random.NextInt64(_scattered.Size >> 12) << 12, 4096);
        }
    }

    [Benchmark]
    public long NextDirtyInEmpty16TiB() => _empty.NextDirty(4096);

    [Benchmark]
    public long NextDirtyAtEndOf16TiB() => _lastOnly.NextDirty(4096);

    [Benchmark]
    public bool NextAreaInEmpty16TiB() => _empty.TryNextDirtyArea(4096, long.MaxValue, long.MaxValue, out _);

    [Benchmark]
    public long NextAreaAtEndOf16TiB() => LengthOfNextArea(_lastOnly, 4096);

    [Benchmark]
    public long NextAreaOfFull16TiB() => LengthOfNextArea(_full, 4096);

    /// <summary>The next area from 65536 random places of a disk with as many areas.</summary>
    [Benchmark(OperationsPerInvoke = Writes)]
    public long NextAreaFromRandomPlaces()
    {
        long sum = 0;
        foreach (long offset in _offsets)
        {
            // The places are those of a smaller disk, 256 times as far apart.
            sum += LengthOfNextArea(_scattered, offset << 8);
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Writes)]
    public void SetRandom4KiB()
    {
        foreach (long offset in _offsets)
        {
            _guest.Set(offset, 4096);
        }
    }

    [Benchmark(OperationsPerInvoke = Writes)]
    public long WalkScatteredAreas()
    {
        long sum = 0;
        for (long at = 0; _scattered.TryNextDirtyArea(at, long.MaxValue, long.MaxValue, out DirtyArea area); at = area.End)
        {
            sum += area.Bytes;
        }

        return sum;
    }

    [Benchmark]
    public long CloneScattered() => _scattered.Clone().Count;

    [Benchmark]
    public string HashOf16TiB() => _scattered.Sha256();

    private static long LengthOfNextArea(HierarchicalBitmap bitmap, long start)
        => bitmap.TryNextDirtyArea(start, long.MaxValue, long.MaxValue, out DirtyArea area) ? area.Bytes : 0;
}
