using System.Numerics;
using QmpHost.Qapi;

namespace QmpHost.Block.Bitmaps;

/// <summary>
/// What clients do to named bitmaps: the <c>block-dirty-bitmap-*</c> commands and the transaction actions of the
/// same names. Each method makes the change at once and returns it, so that a transaction can take it back; a plain
/// command commits it. Errors are <see cref="QmpException"/>s, thrown before anything has changed.
/// </summary>
public static class DirtyBitmapOperations
{
    /// <summary>Adds a bitmap; taken back by removing it.</summary>
    /// <param name="list">The node's bitmaps.</param>
    /// <param name="addition">What to add.</param>
    /// <exception cref="QmpException">Name or granularity are not acceptable, or the node cannot store bitmaps.</exception>
    public static async ValueTask<DirtyBitmapChange> AddAsync(DirtyBitmapList list, DirtyBitmapAddition addition)
    {
        ArgumentNullException.ThrowIfNull(list);
        ArgumentNullException.ThrowIfNull(addition);
        long granularity = addition.Granularity ?? list.DefaultGranularity;
        if (granularity < DirtyBitmapList.MinGranularity || !BitOperations.IsPow2(granularity))
        {
            throw new QmpException("Granularity must be power of 2 and at least 512");
        }

        if (addition.Persistent)
        {
            if (!list.Owner.MayAddPersistentBitmaps)
            {
                throw new QmpException($"Cannot add a persistent bitmap to read-only or inactive node '{list.Owner.DeviceOrNodeName}'");
            }

            await EnsureCanStoreAsync(list, addition.Name, granularity);
        }

        DirtyBitmap bitmap = list.Create(addition.Name, granularity);
        bitmap.IsEnabled = !addition.Disabled;
        bitmap.IsPersistent = addition.Persistent;
        return new DirtyBitmapChange(abort: () => list.Release(bitmap));
    }

    /// <summary>
    /// Begins to remove a bitmap as an action of a transaction: until the end it is busy. A stored copy is dropped
    /// when the node's bitmaps are next stored.
    /// </summary>
    /// <param name="list">The node's bitmaps.</param>
    /// <param name="name">The bitmap's name.</param>
    /// <exception cref="QmpException">There is no such bitmap, or it is busy or read-only.</exception>
    public static DirtyBitmapChange Remove(DirtyBitmapList list, string name)
    {
        DirtyBitmap bitmap = FindRemovable(list, name);
        bitmap.SkipStore = true;
        bitmap.IsBusy = true;
        return new DirtyBitmapChange(
            commit: () =>
            {
                bitmap.IsBusy = false;
                list.Release(bitmap);
            },
            abort: () =>
            {
                bitmap.IsBusy = false;
                bitmap.SkipStore = false;
            });
    }

    /// <summary>Removes a bitmap, and the stored copy with it.</summary>
    /// <param name="list">The node's bitmaps.</param>
    /// <param name="name">The bitmap's name.</param>
    /// <exception cref="QmpException">There is no such bitmap, it is busy or read-only, or the image cannot be changed.</exception>
    public static async ValueTask RemoveAsync(DirtyBitmapList list, string name)
    {
        DirtyBitmap bitmap = FindRemovable(list, name);
        if (bitmap.IsPersistent && list.Owner.BitmapStore is { } store)
        {
            bitmap.IsBusy = true;
            try
            {
                await store.RemoveStoredAsync(name);
            }
            finally
            {
                bitmap.IsBusy = false;
            }
        }

        list.Release(bitmap);
    }

    /// <summary>Cleans a bitmap; taken back by putting back its content.</summary>
    /// <param name="list">The node's bitmaps.</param>
    /// <param name="name">The bitmap's name.</param>
    /// <exception cref="QmpException">There is no such bitmap, or its state forbids it.</exception>
    public static DirtyBitmapChange Clear(DirtyBitmapList list, string name)
    {
        DirtyBitmap bitmap = FindChecked(list, name, DirtyBitmapChecks.Default);
        HierarchicalBitmap backup = bitmap.Clear();
        return new DirtyBitmapChange(abort: () => bitmap.Restore(backup));
    }

    /// <summary>Lets a bitmap record writes.</summary>
    /// <param name="list">The node's bitmaps.</param>
    /// <param name="name">The bitmap's name.</param>
    /// <exception cref="QmpException">There is no such bitmap, or its state forbids it.</exception>
    public static DirtyBitmapChange Enable(DirtyBitmapList list, string name) => Switch(list, name, enabled: true);

    /// <summary>Stops a bitmap from recording writes.</summary>
    /// <param name="list">The node's bitmaps.</param>
    /// <param name="name">The bitmap's name.</param>
    /// <exception cref="QmpException">There is no such bitmap, or its state forbids it.</exception>
    public static DirtyBitmapChange Disable(DirtyBitmapList list, string name) => Switch(list, name, enabled: false);

    /// <summary>
    /// Adds the content of other bitmaps, of any granularity, to a bitmap. Taken back by putting back its content,
    /// which also happens when one of the sources cannot be used. QEMU 7.2 aborts when there is no source at all;
    /// here that changes nothing.
    /// </summary>
    /// <param name="list">The bitmaps of the target's node.</param>
    /// <param name="targetName">The target's name.</param>
    /// <param name="sources">
    /// The sources. The sequence is walked once, each bitmap merged before the next is asked for, so a sequence that
    /// looks names up reports the first thing that is wrong as QEMU does.
    /// </param>
    /// <exception cref="QmpException">A bitmap's state forbids it, or a source belongs to a disk of another size.</exception>
    public static DirtyBitmapChange Merge(DirtyBitmapList list, string targetName, IEnumerable<DirtyBitmap> sources)
    {
        ArgumentNullException.ThrowIfNull(list);
        ArgumentNullException.ThrowIfNull(sources);
        DirtyBitmap target = list.Get(targetName);
        HierarchicalBitmap? backup = null;
        try
        {
            foreach (DirtyBitmap source in sources)
            {
                CheckMerge(target, source);
                backup ??= target.Bits.Clone();
                target.Bits.Merge(source.Bits);
            }
        }
        catch (QmpException) when (backup is not null)
        {
            target.Restore(backup);
            throw;
        }

        return new DirtyBitmapChange(abort: backup is null ? null : () => target.Restore(backup));
    }

    /// <summary>Adds the content of another bitmap, of any granularity, to a bitmap; taken back by putting back its content.</summary>
    /// <param name="target">The bitmap to add to.</param>
    /// <param name="source">The bitmap to add.</param>
    /// <exception cref="QmpException">A bitmap's state forbids it, or they belong to disks of different sizes.</exception>
    public static DirtyBitmapChange Merge(DirtyBitmap target, DirtyBitmap source)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(source);
        CheckMerge(target, source);
        HierarchicalBitmap backup = target.Bits.Clone();
        target.Bits.Merge(source.Bits);
        return new DirtyBitmapChange(abort: () => target.Restore(backup));
    }

    private static ValueTask EnsureCanStoreAsync(DirtyBitmapList list, string name, long granularity)
    {
        string node = list.Owner.DeviceOrNodeName;
        if (!list.Owner.HasMedium)
        {
            throw new QmpException($"Can't store persistent bitmaps to {node}: No medium found");
        }

        IPersistentBitmapStore store = list.Owner.BitmapStore
            ?? throw new QmpException($"Can't store persistent bitmaps to {node}: Operation not supported");
        return store.EnsureCanStoreAsync(name, granularity);
    }

    private static void CheckMerge(DirtyBitmap target, DirtyBitmap source)
    {
        target.Check(DirtyBitmapChecks.Default);
        source.Check(DirtyBitmapChecks.AllowReadOnly);
        if (target.Size != source.Size)
        {
            throw new QmpException(
                $"Bitmaps are of different sizes (destination size is {target.Size}, source size is {source.Size}) and can't be merged");
        }
    }

    private static DirtyBitmapChange Switch(DirtyBitmapList list, string name, bool enabled)
    {
        DirtyBitmap bitmap = FindChecked(list, name, DirtyBitmapChecks.AllowReadOnly);
        bool before = bitmap.IsEnabled;
        bitmap.IsEnabled = enabled;
        return new DirtyBitmapChange(abort: () => bitmap.IsEnabled = before);
    }

    private static DirtyBitmap FindRemovable(DirtyBitmapList list, string name)
        => FindChecked(list, name, DirtyBitmapChecks.Busy | DirtyBitmapChecks.ReadOnly);

    private static DirtyBitmap FindChecked(DirtyBitmapList list, string name, DirtyBitmapChecks checks)
    {
        ArgumentNullException.ThrowIfNull(list);
        DirtyBitmap bitmap = list.Get(name);
        bitmap.Check(checks);
        return bitmap;
    }
}
