using System.Numerics;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;

namespace QmpHost.Block.Bitmaps;

/// <summary>The dirty bitmaps of one node, newest first. Used on the host's event loop only.</summary>
public sealed class DirtyBitmapList
{
    /// <summary>Longest name in UTF-8 bytes.</summary>
    public const int MaxNameLength = 1023;

    /// <summary>Smallest granularity in bytes.</summary>
    public const long MinGranularity = 512;

    private const long SectorSize = 512;
    private const long SmallestDefaultGranularity = 4096;
    private const long LargestDefaultGranularity = 65536;

    private readonly IDirtyBitmapOwner _owner;
    private readonly List<DirtyBitmap> _oldestFirst = [];
    private int _enabled;

    /// <summary>Makes an empty list.</summary>
    /// <param name="owner">The node.</param>
    public DirtyBitmapList(IDirtyBitmapOwner owner)
    {
        ArgumentNullException.ThrowIfNull(owner);
        _owner = owner;
    }

    /// <summary>The node.</summary>
    public IDirtyBitmapOwner Owner => _owner;

    /// <summary>Number of bitmaps, anonymous ones included.</summary>
    public int Count => _oldestFirst.Count;

    /// <summary>Whether a write has to be recorded anywhere.</summary>
    public bool IsRecording => _enabled > 0;

    /// <summary>The granularity of a bitmap that is added without one: the format's cluster size within 4 to 64 KiB.</summary>
    public long DefaultGranularity => _owner.ClusterSize > 0
        ? Math.Clamp(_owner.ClusterSize, SmallestDefaultGranularity, LargestDefaultGranularity)
        : LargestDefaultGranularity;

    /// <summary>The bitmaps in the order in which they are listed: newest first.</summary>
    public IEnumerable<DirtyBitmap> NewestFirst
    {
        get
        {
            for (int i = _oldestFirst.Count - 1; i >= 0; i--)
            {
                yield return _oldestFirst[i];
            }
        }
    }

    /// <summary>Makes an enabled, clean bitmap.</summary>
    /// <param name="name">Its name, or null for an anonymous one.</param>
    /// <param name="granularity">A power of two of at least 512, in bytes.</param>
    /// <exception cref="QmpException">The name is taken or too long.</exception>
    public DirtyBitmap Create(string? name, long granularity)
    {
        if (granularity < MinGranularity || !BitOperations.IsPow2(granularity))
        {
            throw new ArgumentOutOfRangeException(nameof(granularity), granularity, "Must be a power of two of at least 512.");
        }

        if (name is not null)
        {
            if (Find(name) is not null)
            {
                throw new QmpException($"Bitmap already exists: {name}");
            }

            if (ModifiedUtf8.GetByteCount(name) > MaxNameLength)
            {
                throw new QmpException($"Bitmap name too long: {name}");
            }
        }

        if (!_owner.HasMedium)
        {
            throw new QmpException("could not get length of device: No medium found");
        }

        long size = (_owner.Length + SectorSize - 1) & ~(SectorSize - 1);
        var bitmap = new DirtyBitmap(this, name, new HierarchicalBitmap(size, granularity));
        _oldestFirst.Add(bitmap);
        _enabled++;
        return bitmap;
    }

    /// <summary>Makes an enabled, clean bitmap without a name.</summary>
    public DirtyBitmap CreateAnonymous(long granularity) => Create(null, granularity);

    /// <summary>The bitmap of that name, or null.</summary>
    public DirtyBitmap? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        foreach (DirtyBitmap bitmap in _oldestFirst)
        {
            if (string.Equals(bitmap.Name, name, StringComparison.Ordinal))
            {
                return bitmap;
            }
        }

        return null;
    }

    /// <summary>The bitmap of that name.</summary>
    /// <exception cref="QmpException">There is none.</exception>
    public DirtyBitmap Get(string name)
        => Find(name) ?? throw new QmpException($"Dirty bitmap '{name}' not found");

    /// <summary>Forgets a bitmap.</summary>
    /// <exception cref="InvalidOperationException">The bitmap is busy or not of this node.</exception>
    public void Release(DirtyBitmap bitmap)
    {
        ArgumentNullException.ThrowIfNull(bitmap);
        if (bitmap.IsBusy || !_oldestFirst.Remove(bitmap))
        {
            throw new InvalidOperationException("The bitmap is in use or belongs to another node.");
        }

        if (bitmap.IsEnabled)
        {
            _enabled--;
        }
    }

    /// <summary>Forgets every bitmap that has a name, as when the node is closed.</summary>
    public void ReleaseNamed()
    {
        foreach (DirtyBitmap bitmap in _oldestFirst.Where(b => b.Name is not null).ToArray())
        {
            Release(bitmap);
        }
    }

    /// <summary>Records a change of the node's data in every enabled bitmap.</summary>
    /// <exception cref="InvalidOperationException">An enabled bitmap is read-only: the request should not have come here.</exception>
    public void MarkDirty(long offset, long bytes)
    {
        if (_enabled == 0)
        {
            return;
        }

        foreach (DirtyBitmap bitmap in _oldestFirst)
        {
            if (bitmap.IsEnabled)
            {
                if (bitmap.IsReadOnly)
                {
                    throw new InvalidOperationException("A write reached a node with a read-only bitmap.");
                }

                bitmap.Bits.Set(offset, bytes);
            }
        }
    }

    /// <summary>Follows a change of the node's length.</summary>
    /// <param name="length">The new length in bytes.</param>
    public void Truncate(long length)
    {
        long size = (length + SectorSize - 1) & ~(SectorSize - 1);
        foreach (DirtyBitmap bitmap in _oldestFirst)
        {
            bitmap.Bits.Truncate(size);
        }
    }

    internal void OnEnabledChanged(bool enabled) => _enabled += enabled ? 1 : -1;
}
