using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Nbd.Server;

namespace QmpHost.Nbd.Tests.Support;

/// <summary>A disk in memory with a map of its allocation, errors on demand, and requests that can be held back.</summary>
internal sealed class MemoryDisk : INbdExportBackend
{
    private readonly byte[] _data;
    private readonly SortedDictionary<long, (bool Allocated, bool Zero)> _map = [];

    public MemoryDisk(long size, long dataSize = -1)
    {
        Size = size;
        _data = new byte[dataSize < 0 ? size : dataSize];
        _map[0] = (false, true);
    }

    public long Size { get; }

    public int RequestAlignment { get; set; } = 1;

    public long MaxTransfer { get; set; }

    /// <summary>Errors by kind of request.</summary>
    public Dictionary<string, Errno> Failures { get; } = [];

    /// <summary>The first byte whose requests fail.</summary>
    public long FailFrom { get; set; }

    /// <summary>Dirty areas of each bitmap.</summary>
    public List<List<(long Start, long Length)>> Dirty { get; } = [];

    /// <summary>Awaited by every read and write, when set.</summary>
    public Func<Task>? Gate { get; set; }

    public List<string> Log { get; } = [];

    public Span<byte> Bytes => _data;

    public void SetData(long start, long length, byte pattern)
    {
        _data.AsSpan((int)start, (int)length).Fill(pattern);
        Mark(start, length, (true, false));
    }

    public void SetZero(long start, long length) => Mark(start, length, (true, true));

    public async ValueTask ReadAsync(long offset, Memory<byte> buffer)
    {
        Check("read", offset, buffer.Length);
        if (Gate is { } gate)
        {
            await gate();
        }

        if (offset >= _data.Length)
        {
            buffer.Span.Clear();
            return;
        }

        _data.AsMemory((int)offset, buffer.Length).CopyTo(buffer);
    }

    public async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
    {
        Log.Add($"write {offset} {buffer.Length} {flags}");
        Check("write", offset, buffer.Length);
        if (Gate is { } gate)
        {
            await gate();
        }

        buffer.CopyTo(_data.AsMemory((int)offset));
        MarkClusters(offset, buffer.Length, (true, false));
    }

    public ValueTask WriteZeroesAsync(long offset, long bytes, RequestFlags flags)
    {
        Log.Add($"write-zeroes {offset} {bytes} {flags}");
        Check("write-zeroes", offset, bytes);
        if (_data.Length > 0)
        {
            _data.AsSpan((int)offset, (int)bytes).Clear();
            MarkClusters(offset, bytes, (true, true));
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask DiscardAsync(long offset, long bytes)
    {
        Log.Add($"discard {offset} {bytes}");
        Check("discard", offset, bytes);
        return ValueTask.CompletedTask;
    }

    public ValueTask FlushAsync()
    {
        Log.Add("flush");
        Check("flush", FailFrom, 1);
        return ValueTask.CompletedTask;
    }

    public ValueTask PrefetchAsync(long offset, long bytes)
    {
        Log.Add($"prefetch {offset} {bytes}");
        Check("block-status", offset, bytes);
        return ValueTask.CompletedTask;
    }

    public ValueTask<NbdBlockState> GetBlockStateAsync(long offset, long bytes)
    {
        Check("block-status", offset, 1);
        (long length, (bool allocated, bool zero)) = Find(offset);
        return new(new NbdBlockState(length, IsHole: !allocated || zero, IsZero: zero));
    }

    public ValueTask<NbdExtent> GetAllocationDepthAsync(long offset, long bytes)
    {
        Check("block-status", offset, 1);
        (long length, (bool allocated, _)) = Find(offset);
        return new(new NbdExtent(length, allocated ? 1u : 0u));
    }

    public NbdExtent GetDirtyExtent(int bitmap, long offset, long bytes)
    {
        long next = Size;
        foreach ((long start, long length) in Dirty[bitmap])
        {
            if (offset >= start && offset < start + length)
            {
                return new NbdExtent(start + length - offset, 1);
            }

            if (start > offset)
            {
                next = Math.Min(next, start);
            }
        }

        return new NbdExtent(next - offset, 0);
    }

    private (long Length, (bool Allocated, bool Zero) State) Find(long offset)
    {
        (bool, bool) state = default;
        long next = Size;
        foreach ((long start, (bool, bool) value) in _map)
        {
            if (start > offset && value != state)
            {
                next = start;
                break;
            }

            state = value;
        }

        return (next - offset, state);
    }

    private void MarkClusters(long offset, long length, (bool, bool) state)
    {
        const long Cluster = 65536;
        long start = offset / Cluster * Cluster;
        long end = Math.Min(Size, (offset + length + Cluster - 1) / Cluster * Cluster);
        bool whole = start == offset && end == offset + length;
        Mark(start, end - start, whole ? state : (true, false));
    }

    private void Mark(long start, long length, (bool, bool) state)
    {
        (bool, bool) after = start + length < Size ? Find(start + length).State : default;
        foreach (long key in _map.Keys.Where(key => key >= start && key <= start + length).ToList())
        {
            _map.Remove(key);
        }

        _map[start] = state;
        if (start + length < Size)
        {
            _map[start + length] = after;
        }
    }

    private void Check(string kind, long offset, long length)
    {
        if (offset + length > FailFrom && Failures.TryGetValue(kind, out Errno errno))
        {
            throw new BlockIOException(errno);
        }
    }
}
