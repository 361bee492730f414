namespace QmpHost.IoTests.Scenarios;

/// <summary>What a dirty bitmap should hold: a plain set of granules, fed with what the scenario did.</summary>
public sealed class BitmapModel
{
    private readonly SortedSet<int> _dirty = [];
    private readonly int _granularity;

    /// <summary>Creates an empty model.</summary>
    public BitmapModel(int granularity)
    {
        _granularity = granularity;
    }

    /// <summary>Number of dirty granules.</summary>
    public int Count => _dirty.Count;

    /// <summary>A model of everything, for a disk of <paramref name="size"/> bytes.</summary>
    public static BitmapModel Full(int granularity, long size)
    {
        var model = new BitmapModel(granularity);
        model.Write(0, size);
        return model;
    }

    /// <summary>An independent copy.</summary>
    public BitmapModel Copy()
    {
        var copy = new BitmapModel(_granularity);
        copy.Merge(this);
        return copy;
    }

    /// <summary>Marks every granule that the range touches.</summary>
    public void Write(long offset, long length)
    {
        for (long i = offset / _granularity; i <= (offset + length - 1) / _granularity; i++)
        {
            _dirty.Add((int)i);
        }
    }

    /// <summary>Adds what another model holds.</summary>
    public void Merge(BitmapModel other) => _dirty.UnionWith(other._dirty);

    /// <summary>Forgets the first <paramref name="count"/> granules: those that a copy in order has done.</summary>
    public void DropFirst(int count) => _dirty.ExceptWith(_dirty.Take(count).ToList());

    /// <summary>Forgets everything.</summary>
    public void Clear() => _dirty.Clear();
}
