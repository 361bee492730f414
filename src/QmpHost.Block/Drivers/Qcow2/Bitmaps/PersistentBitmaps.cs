using System.Numerics;
using QmpHost.Block.Bitmaps;
using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;

namespace QmpHost.Block.Drivers.Qcow2.Bitmaps;

/// <summary>
/// The bitmaps that live in an image: loaded when it is opened, marked as in use while it is written to, stored when it
/// is closed.
/// </summary>
internal sealed class PersistentBitmaps(Qcow2Image image)
{
    private List<StoredBitmap> _stored = [];

    /// <summary>What the image's directory says.</summary>
    public IReadOnlyList<StoredBitmap> Stored => _stored;

    /// <summary>Loads the image's bitmaps into the node.</summary>
    /// <param name="readOnly">Whether the image is not going to be written to.</param>
    /// <exception cref="QmpException">They cannot be loaded.</exception>
    public async ValueTask LoadAsync(bool readOnly)
    {
        if (image.Header.Bitmaps is not { } extension)
        {
            return;
        }

        _stored = await ReadDirectoryAsync(extension);
        foreach (StoredBitmap stored in _stored)
        {
            await LoadAsync(stored, readOnly);
        }

        if (!readOnly && _stored.Exists(stored => !stored.IsInUse))
        {
            await MarkInUseAsync(extension);
        }
    }

    /// <summary>Stores the node's persistent bitmaps in place of those that the image holds.</summary>
    /// <exception cref="QmpException">They could not be stored; the image keeps those that it had.</exception>
    public async ValueTask StoreAsync()
    {
        DirtyBitmap[] persistent = [.. image.Node.Bitmaps.NewestFirst.Where(b => b is { IsPersistent: true, SkipStore: false })];
        if (persistent.Length == 0 && _stored.Count == 0)
        {
            return;
        }

        // A bitmap without bits has no table, and one with a table for them is refused by readers: nothing is stored then.
        if (image.Header.Size == 0 && Array.Exists(persistent, b => !b.IsInconsistent))
        {
            ReportLoss("No memory");
            return;
        }

        await EnsureReadableAsync();
        using (await image.Lock.EnterAsync())
        {
            await StoreLockedAsync(persistent);
        }
    }

    /// <summary>Knows of the stored bitmaps what another instance for the same image knows.</summary>
    public void TakeOver(PersistentBitmaps other) => _stored = other._stored;

    /// <summary>The node's bitmaps cannot change any more, or can again.</summary>
    public void SetReadOnly(bool readOnly)
    {
        foreach (DirtyBitmap bitmap in image.Node.Bitmaps.NewestFirst)
        {
            if (bitmap.IsPersistent)
            {
                bitmap.IsReadOnly = readOnly;
            }
        }
    }

    /// <summary>Marks the stored bitmaps as in use, because the image is going to be written to.</summary>
    /// <exception cref="QmpException">The image could not be written.</exception>
    public async ValueTask MarkInUseAsync()
    {
        if (image.Header.Bitmaps is { } extension && _stored.Exists(stored => !stored.IsInUse))
        {
            await MarkInUseAsync(extension);
        }
    }

    /// <summary>Checks that the directory can be read, before something is changed that makes it necessary to write it again.</summary>
    /// <exception cref="QmpException">It cannot.</exception>
    public async ValueTask EnsureReadableAsync()
    {
        if (image.Header.Bitmaps is { } extension)
        {
            await ReadDirectoryAsync(extension);
        }
    }

    /// <summary>Tells that bitmaps that were added to an image that is not written to are not going to be stored.</summary>
    public void ReportLoss()
    {
        if (image.Node.Bitmaps.NewestFirst.Any(b => b is { IsPersistent: true, IsReadOnly: false, SkipStore: false }))
        {
            ReportLoss("No write access");
        }
    }

    /// <summary>Tells that bitmaps could not be stored.</summary>
    public void ReportLoss(string reason)
        => image.Node.Graph.Context.Report(ReportKind.Failure, $"Lost persistent bitmaps during inactivation of node '{image.Node.NodeName}': {reason}");

    /// <summary>Checks that one more bitmap could be stored.</summary>
    /// <exception cref="QmpException">It could not.</exception>
    public void EnsureCanStore(string name, long granularity)
    {
        string? reason = FindObstacle(name, granularity);
        if (reason is not null)
        {
            throw new QmpException($"Can't make bitmap '{name}' persistent in '{image.Node.NodeName}': {reason}");
        }
    }

    /// <summary>Removes a bitmap from the image.</summary>
    /// <exception cref="QmpException">The image could not be written.</exception>
    public async ValueTask RemoveAsync(string name)
    {
        StoredBitmap? removed = _stored.Find(stored => stored.Name == name);
        if (removed is null)
        {
            return;
        }

        try
        {
            using (await image.Lock.EnterAsync())
            {
                await SwitchDirectoryAsync([.. _stored.Where(stored => stored != removed)]);
                await BitmapWriter.FreeAsync(image, removed);
            }
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"Failed to update bitmap extension: {e.Message}", e);
        }
    }

    private async ValueTask<List<StoredBitmap>> ReadDirectoryAsync(BitmapsExtension extension)
    {
        if (extension.DirectorySize == 0)
        {
            throw new QmpException("Requested bitmap directory size is zero");
        }

        byte[] directory = new byte[extension.DirectorySize];
        try
        {
            await image.File.ReadAsync(extension.DirectoryOffset, directory);
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"Failed to read bitmap directory: {e.Message}", e);
        }

        return BitmapDirectory.Parse(directory, extension.Count, image.Geometry);
    }

    private async ValueTask LoadAsync(StoredBitmap stored, bool readOnly)
    {
        DirtyBitmap bitmap = image.Node.Bitmaps.Create(stored.Name, stored.Granularity);
        bitmap.IsPersistent = true;
        bitmap.IsReadOnly = readOnly;
        if (stored.IsInUse)
        {
            bitmap.MarkInconsistent();
            return;
        }

        await BitmapReader.ReadAsync(image, stored, bitmap.Bits);
        bitmap.IsEnabled = (stored.Flags & StoredBitmapFlags.Auto) != 0;
    }

    // From now on the data changes without the stored bits: this must be stable before the first write.
    private async ValueTask MarkInUseAsync(BitmapsExtension extension)
    {
        List<StoredBitmap> marked = [.. _stored.Select(stored => stored with { Flags = stored.Flags | StoredBitmapFlags.InUse })];
        try
        {
            await RewriteDirectoryAsync(extension, BitmapDirectory.ToBytes(marked));
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"Can't update bitmap directory: {e.Message}", e);
        }
        catch (ImageCorruptException e)
        {
            await image.Corruption.ReportFatalAsync(e);
            throw new QmpException($"Can't update bitmap directory: {Errno.EIO.Describe()}", e);
        }

        _stored = marked;
    }

    /// <summary>Writes a directory over the old one. While it may be half written, the header does not vouch for it.</summary>
    private async ValueTask RewriteDirectoryAsync(BitmapsExtension extension, byte[] directory)
    {
        await VouchAsync(false);
        if (directory.Length != extension.DirectorySize)
        {
            // Some name was cut off at a zero byte: the directory is not what it says.
            throw new BlockIOException(Errno.EINVAL);
        }

        image.Overlap.Check(MetadataSections.BitmapDirectory, extension.DirectoryOffset, directory.Length);
        try
        {
            await image.File.WriteAsync(extension.DirectoryOffset, directory);
            await VouchAsync(false);
        }
        finally
        {
            // It holds what it held before, or what it is to hold.
            await VouchAsync(true);
        }
    }

    private async ValueTask VouchAsync(bool valid)
    {
        AutoclearFeatures old = image.Header.Autoclear;
        image.Header.Autoclear = valid ? old | AutoclearFeatures.Bitmaps : old & ~AutoclearFeatures.Bitmaps;
        try
        {
            await HeaderUpdate.WriteAllAsync(image.File, image.Header);
            await image.File.FlushAsync();
        }
        catch (BlockIOException)
        {
            image.Header.Autoclear = old;
            throw;
        }
    }

    private async ValueTask StoreLockedAsync(DirtyBitmap[] persistent)
    {
        var updated = new List<StoredBitmap>();
        var written = new List<StoredBitmap>();
        try
        {
            await ReplaceLockedAsync(persistent, updated, written);
        }
        catch (QmpException)
        {
            foreach (StoredBitmap stored in written)
            {
                await BitmapWriter.FreeAsync(image, stored);
            }

            throw;
        }
    }

    private async ValueTask ReplaceLockedAsync(DirtyBitmap[] persistent, List<StoredBitmap> updated, List<StoredBitmap> written)
    {
        async ValueTask WriteAsync(DirtyBitmap bitmap)
        {
            StoredBitmap stored = await BitmapWriter.WriteAsync(image, bitmap);
            updated.Add(stored);
            written.Add(stored);
        }

        var replaced = new List<StoredBitmap>(_stored);
        foreach (StoredBitmap stored in _stored)
        {
            // What is not understood any more is kept as it is, until somebody removes it.
            if (Array.Exists(persistent, b => b.Name == stored.Name && b.IsInconsistent))
            {
                updated.Add(stored);
                replaced.Remove(stored);
            }
            else if (Array.Find(persistent, b => b.Name == stored.Name) is { } bitmap)
            {
                await WriteAsync(bitmap);
            }
        }

        foreach (DirtyBitmap bitmap in persistent.Where(b => !_stored.Exists(stored => stored.Name == b.Name)))
        {
            await WriteAsync(bitmap);
        }

        if (replaced.Count == 0 && updated.Count == _stored.Count)
        {
            return;
        }

        try
        {
            await SwitchDirectoryAsync(updated);
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"Failed to update bitmap extension: {e.Message}", e);
        }
        catch (ImageCorruptException e)
        {
            await image.Corruption.ReportFatalAsync(e);
            throw new QmpException($"Failed to update bitmap extension: {Errno.EIO.Describe()}", e);
        }

        foreach (StoredBitmap stored in replaced.OrderBy(stored => Array.FindIndex(persistent, b => b.Name == stored.Name)))
        {
            await BitmapWriter.FreeAsync(image, stored);
        }
    }

    /// <summary>Writes a directory to a new place and lets the header point to it.</summary>
    private async ValueTask SwitchDirectoryAsync(List<StoredBitmap> bitmaps)
    {
        BitmapsExtension? old = image.Header.Bitmaps;
        BitmapsExtension? extension = null;
        if (bitmaps.Count != 0)
        {
            byte[] directory = BitmapDirectory.ToBytes(bitmaps);
            extension = new BitmapsExtension(bitmaps.Count, directory.Length, await BitmapWriter.WriteNewAsync(image, directory));
        }

        AutoclearFeatures oldFeatures = image.Header.Autoclear;
        try
        {
            await FlushTablesAsync();
            image.Header.Bitmaps = extension;
            image.Header.Autoclear = extension is null ? oldFeatures & ~AutoclearFeatures.Bitmaps : oldFeatures | AutoclearFeatures.Bitmaps;
            await HeaderUpdate.WriteAllAsync(image.File, image.Header);
            await image.File.FlushAsync();
        }
        catch (Exception e) when (e is BlockIOException or ImageCorruptException)
        {
            image.Header.Bitmaps = old;
            image.Header.Autoclear = oldFeatures;
            if (extension is not null)
            {
                await image.Allocator.FreeAsync(extension.DirectoryOffset, extension.DirectorySize, image.Settings.DiscardOfTables);
            }

            throw;
        }

        _stored = bitmaps;
        if (old is not null)
        {
            await image.Allocator.FreeAsync(old.DirectoryOffset, old.DirectorySize, image.Settings.DiscardOfTables);
        }
    }

    private ValueTask FlushTablesAsync() => image.Order.NeedsAccurateRefcounts
        ? image.L2Cache.FlushWithAsync(image.RefcountCache)
        : image.L2Cache.FlushAsync();

    private string? FindObstacle(string name, long granularity)
    {
        Qcow2Geometry geometry = image.Geometry;
        if (image.Node.Bitmaps.Find(name) is not null)
        {
            // As in QEMU, that is told without the words around it.
            throw new QmpException($"Bitmap already exists: {name}");
        }

        if (geometry.Version < 3)
        {
            return "Cannot store dirty bitmaps in qcow2 v2 files";
        }

        if (BitOperations.TrailingZeroCount(granularity) > StoredBitmap.MaxGranularityBits)
        {
            return $"Granularity exceeds maximum ({1UL << StoredBitmap.MaxGranularityBits} bytes)";
        }

        if (BitOperations.TrailingZeroCount(granularity) < StoredBitmap.MinGranularityBits)
        {
            return $"Granularity is under minimum ({1UL << StoredBitmap.MinGranularityBits} bytes)";
        }

        long clusters = geometry.ClustersFor(StoredBitmap.BytesFor(image.Header.Size, granularity));
        if (clusters > StoredBitmap.MaxTableEntries || clusters << geometry.ClusterBits > StoredBitmap.MaxPhysicalSize)
        {
            return "Too much space will be occupied by the bitmap. Use larger granularity";
        }

        if (ModifiedUtf8.GetByteCount(name) > StoredBitmap.MaxNameLength)
        {
            return $"Name length exceeds maximum ({StoredBitmap.MaxNameLength} characters)";
        }

        string[] names = [.. image.Node.Bitmaps.NewestFirst.Where(b => b.IsPersistent).Select(b => b.Name!)];
        if (names.Length >= BitmapsExtension.MaxCount)
        {
            return "Maximum number of persistent bitmaps is already reached";
        }

        return names.Sum(BitmapDirectory.SizeOf) + BitmapDirectory.SizeOf(name) > BitmapsExtension.MaxDirectorySize
            ? "Not enough space in the bitmap directory"
            : null;
    }
}
