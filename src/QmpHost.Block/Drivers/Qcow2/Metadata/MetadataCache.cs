using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Qcow2.Metadata;

/// <summary>
/// A bounded write-back cache of L2 tables or refcount blocks. Tables are written only after what they depend on is
/// stable, so that the file is sound whenever writing stops.
/// </summary>
/// <remarks>
/// Everything but <see cref="TryGet"/> is called under the image's metadata lock. A table that a section holds while
/// it awaits is pinned.
/// </remarks>
internal sealed class MetadataCache(
    BlockChild file, OverlapGuard overlap, MetadataSections section, int tableSize, int capacity, BlkdebugEvent writeEvent)
{
    private readonly Dictionary<long, CachedTable> _tables = [];
    private readonly LinkedList<CachedTable> _order = [];
    private readonly HashSet<int> _slots = [];
    private int _freedSlot;
    private MetadataCache? _dependsOn;
    private bool _dependsOnFlush;
    private bool _dependsOnData;
    private int _dirty;

    /// <summary>Raised when all tables have been written and the file was flushed.</summary>
    public event Action? Flushed;

    /// <summary>
    /// The external file with the data that the tables speak of, or null: what tables depend on may have been written there. QEMU
    /// forgets that, and may lose with the power what a guest had flushed long before.
    /// </summary>
    public BlockChild? DataFile { get; init; }

    /// <summary>Bytes per table.</summary>
    public int TableSize => tableSize;

    /// <summary>How many tables it holds at most.</summary>
    public int Capacity => capacity;

    /// <summary>How many tables it holds.</summary>
    public int Count => _tables.Count;

    /// <summary>Finds a table that is in memory.</summary>
    public bool TryGet(long offset, out CachedTable table)
    {
        if (!_tables.TryGetValue(offset, out table!))
        {
            return false;
        }

        table.RecentlyUsed = true;
        if (_order.First != table.Place)
        {
            _order.Remove(table.Place!);
            _order.AddFirst(table.Place!);
        }

        return true;
    }

    /// <summary>Gets a table, from the file if need be.</summary>
    /// <exception cref="BlockIOException">It could not be read, or another one not be written to make room.</exception>
    public ValueTask<CachedTable> GetAsync(long offset)
        => TryGet(offset, out CachedTable table) ? ValueTask.FromResult(table) : LoadAsync(offset);

    /// <summary>Gets a table whose contents in the file do not matter; it is all zero.</summary>
    public async ValueTask<CachedTable> GetEmptyAsync(long offset)
    {
        if (TryGet(offset, out CachedTable table))
        {
            table.Data.AsSpan().Clear();
            return table;
        }

        return Add(offset, await MakeRoomAsync() ?? new byte[tableSize], clear: true);
    }

    /// <summary>Notes that a table was changed.</summary>
    public void MarkDirty(CachedTable table)
    {
        if (!table.IsDirty)
        {
            table.IsDirty = true;
            _dirty++;
        }
    }

    /// <summary>Forgets a table, changed or not: its cluster is used for something else.</summary>
    public void Drop(long offset)
    {
        if (_tables.TryGetValue(offset, out CachedTable? table))
        {
            Remove(table);
        }
    }

    /// <summary>Orders the writing of this cache's tables behind another cache and its flush.</summary>
    public async ValueTask DependOnAsync(MetadataCache other)
    {
        if (other._dependsOn is not null)
        {
            await other.SettleAsync();
        }

        if (_dependsOn is not null && _dependsOn != other)
        {
            await SettleAsync();
        }

        _dependsOn = other;
    }

    /// <summary>Orders the writing of this cache's tables behind a flush of what the file has been sent so far.</summary>
    public void DependOnFlush() => _dependsOnFlush = true;

    /// <summary>Orders it behind a flush of what an external data file has been sent so far.</summary>
    public void DependOnData() => _dependsOnData = DataFile is not null;

    /// <summary>Writes every changed table, in the order of their places in the cache.</summary>
    public async ValueTask WriteAsync()
    {
        if (_dirty == 0)
        {
            return;
        }

        foreach (CachedTable table in _tables.Values.Where(t => t.IsDirty).OrderBy(t => t.Slot).ToArray())
        {
            await WriteAsync(table);
        }
    }

    /// <summary>Writes every changed table and flushes the file.</summary>
    public async ValueTask FlushAsync()
    {
        await WriteAsync();
        await file.FlushAsync();
        Flushed?.Invoke();
    }

    /// <summary>Writes every changed table of this cache, then those of another one, and flushes the file once.</summary>
    public async ValueTask FlushWithAsync(MetadataCache other)
    {
        await WriteAsync();
        await other.WriteAsync();
        await file.FlushAsync();
        Flushed?.Invoke();
        other.Flushed?.Invoke();
    }

    /// <summary>Writes every changed table and forgets all.</summary>
    public async ValueTask EmptyAsync()
    {
        await FlushAsync();
        Clear();
    }

    /// <summary>Forgets all tables, changed or not: others take their places.</summary>
    public void Clear()
    {
        _tables.Clear();
        _order.Clear();
        _slots.Clear();
        _dirty = 0;
    }

    /// <summary>Forgets unchanged tables that were not used since the last call.</summary>
    public void Tidy()
    {
        for (LinkedListNode<CachedTable>? place = _order.Last, previous; place is not null; place = previous)
        {
            previous = place.Previous;
            CachedTable table = place.Value;
            if (!table.RecentlyUsed && !table.IsDirty && table.Pins == 0)
            {
                Remove(table);
            }

            table.RecentlyUsed = false;
        }
    }

    private async ValueTask<CachedTable> LoadAsync(long offset)
    {
        byte[] data = await MakeRoomAsync() ?? GC.AllocateUninitializedArray<byte>(tableSize);
        if (section == MetadataSections.ActiveL2)
        {
            await file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.L2Load);
        }

        await file.ReadAsync(offset, data);
        return Add(offset, data, clear: false);
    }

    private CachedTable Add(long offset, byte[] data, bool clear)
    {
        if (clear)
        {
            data.AsSpan().Clear();
        }

        var table = new CachedTable(offset, data) { RecentlyUsed = true, Slot = TakeSlot(offset) };
        table.Place = _order.AddFirst(table);
        _tables.Add(offset, table);
        return table;
    }

    /// <summary>Takes the first free place from one on that follows from a table's offset, as QEMU does: tables are written in this order.</summary>
    private int TakeSlot(long offset)
    {
        // In a full cache there is but the one of the table that made room: it is not looked for among all.
        int slot = _slots.Count == capacity - 1 && !_slots.Contains(_freedSlot) ? _freedSlot : (int)(offset / tableSize * 4 % capacity);
        while (!_slots.Add(slot))
        {
            slot = (slot + 1) % capacity;
        }

        return slot;
    }

    private void Remove(CachedTable table)
    {
        if (table.IsDirty)
        {
            table.IsDirty = false;
            _dirty--;
        }

        _tables.Remove(table.Offset);
        _order.Remove(table.Place!);
        _slots.Remove(table.Slot);
        _freedSlot = table.Slot;
    }

    /// <summary>Makes room for one more table, if the cache is full by giving up the one that was not used for longest.</summary>
    /// <returns>The memory of that table, or null.</returns>
    private async ValueTask<byte[]?> MakeRoomAsync()
    {
        if (_tables.Count < capacity)
        {
            return null;
        }

        LinkedListNode<CachedTable>? place = _order.Last;
        while (place is not null && place.Value.Pins != 0)
        {
            place = place.Previous;
        }

        // Sections pin one table or two: fewer than the smallest cache has.
        CachedTable oldest = place?.Value ?? throw new InvalidOperationException("Every table of the cache is pinned.");
        oldest.Pins++;
        try
        {
            await WriteAsync(oldest);
        }
        finally
        {
            oldest.Pins--;
        }

        Remove(oldest);
        return oldest.Data;
    }

    private async ValueTask WriteAsync(CachedTable table)
    {
        if (!table.IsDirty)
        {
            return;
        }

        await SettleAsync();
        overlap.Check(section, table.Offset, tableSize);
        await file.Node.Driver.OnDebugEventAsync(writeEvent);
        await file.WriteAsync(table.Offset, table.Data);
        table.IsDirty = false;
        _dirty--;
    }

    private async ValueTask SettleAsync()
    {
        if (_dependsOnData && DataFile is { } data)
        {
            await data.FlushAsync();
            _dependsOnData = false;
        }

        if (_dependsOn is { } first)
        {
            await first.FlushAsync();
            _dependsOn = null;
            _dependsOnFlush = false;
        }
        else if (_dependsOnFlush)
        {
            await file.FlushAsync();
            _dependsOnFlush = false;
        }
    }
}
