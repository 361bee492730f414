using System.Diagnostics;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Bitmaps;

/// <summary>
/// A record of the parts of a node's data that were written, kept for backup jobs and exports.
/// Made and removed through <see cref="DirtyBitmapList"/>; used on the host's event loop only.
/// </summary>
[DebuggerDisplay("{Name,nq} ({Count} of {Size} bytes)")]
public sealed class DirtyBitmap
{
    private readonly DirtyBitmapList _list;
    private HierarchicalBitmap _bits;
    private bool _enabled = true;
    private bool _busy;

    internal DirtyBitmap(DirtyBitmapList list, string? name, HierarchicalBitmap bits)
    {
        _list = list;
        Name = name;
        _bits = bits;
    }

    /// <summary>The name, unique in its node, or null for an anonymous bitmap.</summary>
    public string? Name { get; private set; }

    /// <summary>Size of the disk in bytes.</summary>
    public long Size => _bits.Size;

    /// <summary>Bytes that each bit stands for.</summary>
    public long Granularity => _bits.Granularity;

    /// <summary>Dirty bytes, in whole granules.</summary>
    public long Count => _bits.Count;

    /// <summary>The bits. Jobs and filters change them directly.</summary>
    public HierarchicalBitmap Bits => _bits;

    /// <summary>Whether writes to the node are recorded in this very bitmap.</summary>
    public bool IsEnabled
    {
        get => _enabled;
        set
        {
            if (_enabled != value)
            {
                _enabled = value;
                _list.OnEnabledChanged(value);
            }
        }
    }

    /// <summary>Whether writes are recorded, by the bitmap or by its successor.</summary>
    public bool IsRecording => _enabled || Successor is { IsEnabled: true };

    /// <summary>Whether a job, an export or a removal under way uses the bitmap.</summary>
    public bool IsBusy
    {
        get => _busy || Successor is not null;
        set => _busy = value;
    }

    /// <summary>Whether a listing tells that it records, while it does.</summary>
    public bool IsShownRecording { get; set; } = true;

    /// <summary>Whether the bitmap was loaded from an image that cannot be written.</summary>
    public bool IsReadOnly { get; set; }

    /// <summary>Whether the bitmap is stored in the image when the node is closed.</summary>
    public bool IsPersistent { get; set; }

    /// <summary>Whether a stored bitmap was found that was not closed cleanly: it can only be removed.</summary>
    public bool IsInconsistent { get; private set; }

    /// <summary>Whether a persistent bitmap shall not be stored, since it is about to be removed.</summary>
    public bool SkipStore { get; set; }

    /// <summary>The bitmap that records new writes while this one is frozen by a job, or null.</summary>
    public DirtyBitmap? Successor { get; private set; }

    /// <summary>Marks a stored bitmap that was not closed cleanly; it is disabled from then on.</summary>
    public void MarkInconsistent()
    {
        IsInconsistent = true;
        IsEnabled = false;
    }

    /// <summary>Describes the bitmap as listings show it.</summary>
    /// <returns>The description.</returns>
    public BlockDirtyInfo ToInfo() => new()
    {
        Name = Name,
        Count = Count,
        Granularity = (uint)Granularity,
        Recording = IsRecording && IsShownRecording,
        Busy = IsBusy,
        Persistent = IsPersistent,
        Inconsistent = IsInconsistent ? true : null,
    };

    /// <summary>Checks that no state forbids an operation.</summary>
    /// <exception cref="QmpException">One does.</exception>
    public void Check(DirtyBitmapChecks checks)
    {
        if (checks.HasFlag(DirtyBitmapChecks.Busy) && IsBusy)
        {
            throw new QmpException($"Bitmap '{Name}' is currently in use by another operation and cannot be used");
        }

        if (checks.HasFlag(DirtyBitmapChecks.ReadOnly) && IsReadOnly)
        {
            throw new QmpException($"Bitmap '{Name}' is readonly and cannot be modified");
        }

        if (checks.HasFlag(DirtyBitmapChecks.Inconsistent) && IsInconsistent)
        {
            throw new QmpException($"Bitmap '{Name}' is inconsistent and cannot be used");
        }
    }

    /// <summary>
    /// Freezes the bitmap: an anonymous successor takes over recording, in the state that this bitmap was in,
    /// until <see cref="Abdicate"/> or <see cref="Reclaim"/>.
    /// </summary>
    /// <exception cref="InvalidOperationException">The bitmap is busy.</exception>
    public DirtyBitmap CreateSuccessor()
    {
        if (IsBusy)
        {
            throw new InvalidOperationException("A bitmap in use cannot get a successor.");
        }

        DirtyBitmap successor = _list.CreateAnonymous(Granularity);
        successor.IsEnabled = IsEnabled;
        IsEnabled = false;
        Successor = successor;
        IsBusy = true;
        return successor;
    }

    /// <summary>Makes the successor record writes even if the bitmap did not when it was frozen.</summary>
    /// <exception cref="InvalidOperationException">There is no successor.</exception>
    public void EnableSuccessor() => RequireSuccessor().IsEnabled = true;

    /// <summary>Ends the freeze by success: the successor takes the name and the place, and this bitmap is released.</summary>
    /// <returns>The former successor.</returns>
    /// <exception cref="InvalidOperationException">There is no successor.</exception>
    public DirtyBitmap Abdicate()
    {
        DirtyBitmap successor = RequireSuccessor();
        successor.Name = Name;
        successor.IsPersistent = IsPersistent;
        Name = null;
        IsPersistent = false;
        Successor = null;
        IsBusy = false;
        _list.Release(this);
        return successor;
    }

    /// <summary>Ends the freeze by failure: what the successor recorded is merged back, and the successor is released.</summary>
    /// <exception cref="InvalidOperationException">There is no successor.</exception>
    public void Reclaim()
    {
        DirtyBitmap successor = RequireSuccessor();
        _bits.Merge(successor._bits);
        IsEnabled = successor.IsEnabled;
        Successor = null;
        IsBusy = false;
        _list.Release(successor);
    }

    /// <summary>Cleans the bitmap and returns what it held, for <see cref="Restore"/>.</summary>
    public HierarchicalBitmap Clear() => _bits.TakeAndReset();

    /// <summary>Puts back what was taken.</summary>
    /// <exception cref="ArgumentException">The content belongs to a disk of another size or has another granularity.</exception>
    public void Restore(HierarchicalBitmap backup)
    {
        ArgumentNullException.ThrowIfNull(backup);
        if (backup.Size != Size || backup.Granularity != Granularity)
        {
            throw new ArgumentException("The content does not fit the bitmap.", nameof(backup));
        }

        _bits = backup;
    }

    private DirtyBitmap RequireSuccessor()
        => Successor ?? throw new InvalidOperationException("The bitmap has no successor.");
}
