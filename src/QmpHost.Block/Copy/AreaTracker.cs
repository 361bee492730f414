namespace QmpHost.Block.Copy;

/// <summary>The areas of a disk on which somebody works, so that others can wait for them. Used on the event loop.</summary>
internal sealed class AreaTracker
{
    private readonly List<TrackedArea> _areas = [];

    /// <summary>Whether nobody works anywhere.</summary>
    public bool IsEmpty => _areas.Count == 0;

    /// <summary>Notes that work on an area begins.</summary>
    public TrackedArea Add(long offset, long bytes)
    {
        var area = new TrackedArea(offset, bytes);
        _areas.Add(area);
        return area;
    }

    /// <summary>Notes that work on an area has ended.</summary>
    public void Remove(TrackedArea area)
    {
        _areas.Remove(area);
        area.Release();
    }

    /// <summary>The first area that touches another, or null.</summary>
    public TrackedArea? Find(long offset, long bytes)
    {
        foreach (TrackedArea area in _areas)
        {
            if (area.Overlaps(offset, bytes))
            {
                return area;
            }
        }

        return null;
    }

    /// <summary>Waits for one area that touches another; the caller looks again afterwards.</summary>
    /// <returns>False, at once, if there is none.</returns>
    public ValueTask<bool> WaitOneAsync(long offset, long bytes)
        => Find(offset, bytes) is { } area ? WaitAsync(area) : ValueTask.FromResult(false);

    /// <summary>Waits until nobody works on an area.</summary>
    public async ValueTask WaitAllAsync(long offset, long bytes)
    {
        while (Find(offset, bytes) is { } area)
        {
            await area.WaitAsync();
        }
    }

    private static async ValueTask<bool> WaitAsync(TrackedArea area)
    {
        await area.WaitAsync();
        return true;
    }
}
