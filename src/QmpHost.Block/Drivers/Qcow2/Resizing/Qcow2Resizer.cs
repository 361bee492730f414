using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Qcow2.Resizing;

/// <summary>Changes the size of the disk in an image.</summary>
internal sealed class Qcow2Resizer(Qcow2Image image)
{
    private const int SectorSize = 512;

    private Qcow2Geometry Geometry => image.Geometry;

    /// <summary>Changes the size.</summary>
    /// <param name="length">The new size in bytes.</param>
    /// <param name="preallocation">How new space is allocated.</param>
    /// <param name="zeroNew">Whether new space must hide what lies below it.</param>
    /// <exception cref="QmpException">It cannot be done.</exception>
    public async ValueTask ResizeAsync(long length, PreallocMode preallocation, bool zeroNew)
    {
        if (length % SectorSize != 0)
        {
            throw new QmpException($"The new size must be a multiple of {SectorSize}");
        }

        if (image.Header.Version < 3 && image.Snapshots.Count != 0)
        {
            throw new QmpException("Can't resize a v2 image which has snapshots");
        }

        await image.Bitmaps.EnsureReadableAsync();
        if (length < image.Header.Size)
        {
            if (preallocation != PreallocMode.Off)
            {
                throw new QmpException("Preallocation can't be used for shrinking an image");
            }

            await ShrinkAsync(length);
        }
        else
        {
            await GrowAsync(length, preallocation, zeroNew);
        }

        await EmptyCachesAsync();
    }

    // As in QEMU, the caches begin anew with the new size.
    private async ValueTask EmptyCachesAsync()
    {
        using (await image.Lock.EnterAsync())
        {
            if (image.Corruption.IsBroken)
            {
                // Found while clusters were freed, which itself never fails. In QEMU it is this step that cannot be done any more.
                throw new QmpException($"Failed to flush the refcount block cache: {Errno.EIO.Describe()}");
            }

            await ResizeStep.DoAsync(image, "Failed to flush the L2 table cache", image.L2Cache.FlushAsync);
            await ResizeStep.DoAsync(image, "Failed to flush the refcount block cache", image.RefcountCache.FlushAsync);
            image.L2Cache.Clear();
            image.RefcountCache.Clear();
        }
    }

    private async ValueTask GrowAsync(long length, PreallocMode preallocation, bool zeroNew)
    {
        if (image.IsDataFileRaw && preallocation == PreallocMode.Off)
        {
            // The data file must read as the disk does: all of it is mapped.
            preallocation = PreallocMode.Metadata;
        }

        long oldLength = image.Header.Size;
        await ResizeStep.DoAsync(image, "Failed to grow the L1 table", () => new L1Resizer(image).GrowAsync(Geometry.L1EntriesFor(length)));

        // What a partly used cluster held behind the old end is seen again, as in QEMU, unless a backing file would be.
        if (zeroNew)
        {
            await ZeroNewAsync(oldLength, length);
        }

        if (image.ExternalDataFile is { } dataFile)
        {
            await dataFile.TruncateAsync(length, exact: false, preallocation == PreallocMode.Metadata ? PreallocMode.Off : preallocation);
        }

        await new Preallocator(image).AllocateAsync(oldLength, length, preallocation);
        if (preallocation != PreallocMode.Off || zeroNew)
        {
            await ResizeStep.DoAsync(image, "Failed to flush the preallocated area to disk", () => WriteTablesAsync(isStable: zeroNew));
        }

        await ResizeStep.DoAsync(image, "Failed to update the image size", () => StoreSizeAsync(length));
    }

    private async ValueTask ShrinkAsync(long length)
    {
        long oldLength = image.Header.Size;
        HostDiscard discard = image.DataFile.Node.ReadOnly ? HostDiscard.Never : HostDiscard.AtOnce;
        await ResizeStep.DoAsync(
            image,
            "Failed to discard cropped clusters",
            () => image.Dropper.DiscardAsync(Geometry.AlignUp(length), Geometry.AlignUp(oldLength), full: true, discard));
        await ResizeStep.DoAsync(image, "Failed to reduce the number of L2 tables", () => new L1Resizer(image).ShrinkAsync((int)Geometry.L1EntriesFor(length)));
        await ResizeStep.DoAsync(image, "Failed to discard unused refblocks", () => RefcountShrinker.ShrinkAsync(image));
        await ResizeStep.DoAsync(image, "Failed to find the last cluster", TrimFileAsync);
        await ResizeStep.DoAsync(image, "Failed to update the image size", () => StoreSizeAsync(length));
        await image.Freed.DiscardAsync(image.File);
        if (image.ExternalDataFile is { } dataFile)
        {
            await dataFile.TruncateAsync(length);
        }
    }

    private async ValueTask ZeroNewAsync(long oldLength, long length)
    {
        long start = Math.Min(Geometry.AlignUp(oldLength), length);
        if (start < length)
        {
            await ResizeStep.DoAsync(image, "Failed to zero out new clusters", () => Geometry.Version < 3
                ? throw new BlockIOException(Errno.ENOTSUP)
                : image.Dropper.ZeroAsync(start, Geometry.AlignUp(length), unmap: false, mustBeEmpty: false));
        }

        if (start > oldLength)
        {
            await ResizeStep.DoAsync(image, "Failed to zero out the new area", () => image.Writer.WriteAsync(oldLength, new byte[start - oldLength]));
        }
    }

    // The tables that the new size relies on come first. Those that hide what a backing file has there must be stable, unlike in QEMU.
    private async ValueTask WriteTablesAsync(bool isStable)
    {
        using (await image.Lock.EnterAsync())
        {
            await (isStable ? image.L2Cache.FlushAsync() : image.L2Cache.WriteAsync());
        }
    }

    private async ValueTask StoreSizeAsync(long length)
    {
        using (await image.Lock.EnterAsync())
        {
            await HeaderUpdate.WriteSizeAsync(image.File, length);
            image.Header.Size = length;
        }
    }

    // Free clusters at the end of the image file need not be kept.
    private async ValueTask TrimFileAsync()
    {
        using (await image.Lock.EnterAsync())
        {
            long cluster = await image.Allocator.FindEndAsync();
            if (cluster << Geometry.ClusterBits < image.File.Node.Length)
            {
                try
                {
                    await image.File.TruncateAsync(cluster << Geometry.ClusterBits);
                }
                catch (Exception e) when (e is QmpException or BlockIOException)
                {
                    // The disk has its new size; a longer file than necessary is no failure.
                }
            }
        }
    }
}
