using QmpHost.Block.Bitmaps;
using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Encryption;
using QmpHost.Block.Drivers.Qcow2.Creation;
using QmpHost.Block.Drivers.Qcow2.Encryption;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.IO;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Block.Drivers.Qcow2.Resizing;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Snapshots;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Qcow2;

/// <summary>A qcow2 node: passes requests to the parts of the open image that serve them.</summary>
internal sealed class Qcow2Driver(BlockDriverDescriptor descriptor) : BlockDriver, IPersistentBitmapStore, IInternalSnapshots
{
    private Qcow2Image? _image;
    private CacheTidier? _tidier;

    /// <summary>What the driver is.</summary>
    public static BlockDriverDescriptor Table { get; } = new()
    {
        Name = "qcow2",
        Sizes = ["cache-size", "l2-cache-size", "l2-cache-entry-size", "refcount-cache-size"],
        TranslateOptions = Qcow2OlderOptions.Translate,
        SchemaValue = BlockdevDriver.Qcow2,
        Make = static table => new Qcow2Driver(table),
        LetsChildrenGo = true,
        SupportsBacking = true,
        SupportsAmend = true,
        IsStrongOption = static name => name == "encrypt.key-secret",
        ReopenOptions =
        [
            "lazy-refcounts", "pass-discard-request", "pass-discard-snapshot", "pass-discard-other", "overlap-check", "cache-size",
            "l2-cache-size", "l2-cache-entry-size", "refcount-cache-size", "cache-clean-interval", "encrypt",
        ],
        MakeBranch = static file => new BlockdevOptionsQcow2 { File = file },
        Probe = Qcow2Header.Probe,
        CreateImage = static (graph, options, cancellationToken)
            => Qcow2Creator.CreateAsync(graph, (BlockdevCreateOptionsQcow2)options.Branch!, cancellationToken),
    };

    /// <summary>Whether the node is one by which an image is made, whose header may have no magic number yet.</summary>
    public bool MakesImage { get; init; }

    /// <inheritdoc/>
    public override BlockDriverDescriptor Descriptor => descriptor;

    /// <inheritdoc/>
    public override bool SupportsWriteZeroes => true;

    /// <inheritdoc/>
    public override bool SupportsDiscard => true;

    /// <inheritdoc/>
    public override RequestFlags SupportedZeroFlags => Image.Header.Version >= 3 || Node.Backing is null
        ? RequestFlags.MayUnmap | RequestFlags.NoFallback
        : RequestFlags.MayUnmap;

    /// <inheritdoc/>
    public override long ClusterSize => _image?.Geometry.ClusterSize ?? 0;

    /// <summary>The open image.</summary>
    internal Qcow2Image Image => _image ?? throw new BlockIOException(Errno.ENOMEDIUM);

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(BlockOpenContext context)
    {
        try
        {
            _image = await Qcow2Opener.OpenAsync(context);
        }
        catch (ImageCorruptException e)
        {
            throw new BlockIOException(Errno.EIO, e);
        }

        _tidier = CacheTidier.Start(_image);
    }

    /// <inheritdoc/>
    public override async ValueTask<BlockReopen> PrepareReopenAsync(BlockReopenContext context)
    {
        if (context.Options.Branch is not BlockdevOptionsQcow2)
        {
            return BlockReopen.None;
        }

        var reopen = new Qcow2Reopen(Image, context, Adopt);
        await reopen.PrepareAsync();
        return reopen;
    }

    /// <inheritdoc/>
    public override async ValueTask CloseAsync()
    {
        _tidier?.Dispose();
        using Qcow2Encryption? encryption = _image?.Encryption;
        if (_image is not { Corruption.IsBroken: false } image)
        {
            return;
        }

        if (!Node.IsActive)
        {
            return;
        }

        if (Node.ReadOnly)
        {
            image.Bitmaps.ReportLoss();
        }
        else
        {
            try
            {
                await image.FinishAsync();
            }
            catch (BlockIOException)
            {
                // Nobody is left to tell; the image is as sound as after a crash.
            }
            catch (ImageCorruptException e)
            {
                await image.Corruption.ReportFatalAsync(e);
            }
        }
    }

    /// <inheritdoc/>
    public override async ValueTask InactivateAsync()
    {
        Qcow2Image image = Usable();
        if (Node.ReadOnly)
        {
            return;
        }

        await image.FinishAsync();
        foreach (DirtyBitmap bitmap in Node.Bitmaps.NewestFirst.Where(static b => b is { IsPersistent: true, SkipStore: false }).ToArray())
        {
            Node.Bitmaps.Release(bitmap);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask ActivateAsync()
    {
        try
        {
            Adopt(await Qcow2Opener.OpenAgainAsync(Image));
        }
        catch (Exception e) when (e is BlockIOException or ImageCorruptException)
        {
            throw new QmpException($"Could not open qcow2 layer: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public override ValueTask<long> GetLengthAsync() => ValueTask.FromResult(Image.Header.Size);

    /// <inheritdoc/>
    public override BlockLimits RefreshLimits(BlockLimits inherited) => inherited with
    {
        RequestAlignment = Math.Max(inherited.RequestAlignment, Image.Encryption is null ? 1 : SectorCipher.SectorSize),
        WriteZeroesAlignment = Image.Geometry.SubclusterSize,
        DiscardAlignment = Image.Geometry.ClusterSize,
        MaxWriteZeroes = 0,
        MaxDiscard = 0,
        MaxTransfer = 0,
    };

    /// <inheritdoc/>
    public override ValueTask ReadAsync(long offset, Memory<byte> buffer, RequestFlags flags)
    {
        Qcow2Image image = Usable();
        return RunAsync(image, image.Freed.Begin(), image.Reader.ReadAsync(offset, buffer));
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
    {
        Qcow2Image image = Usable();
        return RunAsync(image, image.Freed.Begin(), image.Writer.WriteAsync(offset, buffer));
    }

    /// <inheritdoc/>
    public override ValueTask CopyRangeFromAsync(long offset, long bytes, CopyRangeTarget target)
    {
        Qcow2Image image = Usable();
        if (image.Encryption is not null)
        {
            throw new BlockIOException(Errno.ENOTSUP);
        }

        return RunAsync(image, image.Freed.Begin(), image.RangeReader.CopyAsync(offset, bytes, target));
    }

    /// <inheritdoc/>
    public override ValueTask CopyRangeToAsync(CopyRangeSource source, long offset, long bytes, RequestFlags flags)
    {
        Qcow2Image image = Usable();
        if (image.Encryption is not null)
        {
            throw new BlockIOException(Errno.ENOTSUP);
        }

        return RunAsync(image, image.Freed.Begin(), image.Writer.WriteAsync(offset, WrittenData.From(source, (int)bytes)));
    }

    /// <inheritdoc/>
    public override bool SupportsCompression => true;

    /// <inheritdoc/>
    public override ValueTask WriteCompressedAsync(long offset, ReadOnlyMemory<byte> buffer)
    {
        Qcow2Image image = Usable();
        if (image.ExternalDataFile is not null)
        {
            throw new BlockIOException(Errno.ENOTSUP);
        }

        return buffer.IsEmpty
            ? new ValueTask(FinishCompressedAsync(image))
            : RunAsync(image, image.Freed.Begin(), image.Compressor.WriteAsync(offset, buffer, image.Header.Size));
    }

    /// <inheritdoc/>
    public override ValueTask WriteZeroesAsync(long offset, long bytes, RequestFlags flags)
    {
        Qcow2Image image = Usable();
        bool unmap = (flags & RequestFlags.MayUnmap) != 0;
        return RunAsync(image, null, image.Zeroes.WriteAsync(offset, bytes, unmap));
    }

    /// <inheritdoc/>
    public override ValueTask DiscardAsync(long offset, long bytes)
    {
        Qcow2Image image = Usable();
        Qcow2Geometry geometry = image.Geometry;

        // Without a zero flag, what is dropped would give way to stale contents of the backing file.
        bool cannot = (geometry.Version < 3 && Node.Backing is not null)
            || !geometry.IsAligned(offset) || (!geometry.IsAligned(bytes) && offset + bytes != image.Header.Size);
        if (cannot)
        {
            throw new BlockIOException(Errno.ENOTSUP);
        }

        long end = geometry.AlignUp(offset + bytes);
        return RunAsync(
            image,
            null,
            image.IsDataFileRaw
                ? image.Zeroes.WriteAsync(offset, end - offset, unmap: true)
                : image.Dropper.DiscardAsync(offset, end, full: false, image.Dropper.DiscardOfRequests));
    }

    /// <inheritdoc/>
    public override ValueTask FlushToOsAsync()
    {
        Qcow2Image image = Usable();
        return RunAsync(image, image.Freed.Begin(), image.WriteTablesAsync());
    }

    /// <inheritdoc/>
    public override async ValueTask<BlockStatus> GetBlockStatusAsync(bool wantZero, long offset, long bytes)
    {
        Qcow2Image image = Usable();
        try
        {
            await image.Holes.DetectAsync();
            return Qcow2BlockStatus.Of(await image.Map.MapAsync(offset, bytes), image, image.Holes.AreLikely);
        }
        catch (ImageCorruptException e)
        {
            await image.Corruption.ReportFatalAsync(e);
            throw new BlockIOException(Errno.EIO, e);
        }
    }

    /// <inheritdoc/>
    public override ValueTask TruncateAsync(long length, bool exact, PreallocMode preallocation, bool zeroNew)
        => Image.Corruption.IsBroken
            ? throw new QmpException("No medium inserted")
            : new Qcow2Resizer(Image).ResizeAsync(length, preallocation, zeroNew);

    /// <inheritdoc/>
    public override bool HasMedium => _image is not { Corruption.IsBroken: true };

    /// <inheritdoc/>
    public override bool SupportsMakeEmpty => true;

    /// <inheritdoc/>
    public override ValueTask MakeEmptyAsync()
    {
        Qcow2Image image = Usable();
        return RunAsync(
            image, image.Freed.Begin(), image.Dropper.DiscardAsync(0, image.Geometry.AlignUp(image.Header.Size), full: true, image.Settings.DiscardOfSnapshots));
    }

    /// <inheritdoc/>
    public override async ValueTask AmendAsync(BlockdevAmendOptions options, bool force)
    {
        if (((BlockdevAmendOptionsQcow2)options.Branch!).Encrypt is { } change)
        {
            Qcow2Encryption encryption = Usable().Encryption ?? throw new QmpException("image is not encrypted, can't amend");
            await encryption.AmendAsync(Node.Graph.Context.Surroundings, change, force);
        }
    }

    /// <inheritdoc/>
    public override IInternalSnapshots InternalSnapshots => this;

    /// <inheritdoc/>
    public IReadOnlyList<SnapshotInfo> List() => Usable().SnapshotStore.List();

    /// <inheritdoc/>
    public ValueTask<SnapshotInfo> CreateAsync(SnapshotInfo snapshot)
    {
        Qcow2Image image = Usable();
        return RunAsync(image, image.SnapshotStore.CreateAsync(snapshot));
    }

    /// <inheritdoc/>
    public ValueTask ApplyAsync(string id)
    {
        Qcow2Image image = Usable();
        return RunAsync(image, null, image.SnapshotStore.ApplyAsync(id));
    }

    /// <inheritdoc/>
    public ValueTask DeleteAsync(string id)
    {
        Qcow2Image image = Usable();
        return RunAsync(image, null, image.SnapshotStore.DeleteAsync(id));
    }

    /// <inheritdoc/>
    public ValueTask ReadVmStateAsync(long position, Memory<byte> buffer)
    {
        Qcow2Image image = Usable();
        return RunAsync(image, image.Freed.Begin(), image.Reader.ReadAsync(image.SnapshotStore.VmStateOffset + position, buffer));
    }

    /// <inheritdoc/>
    public ValueTask WriteVmStateAsync(long position, ReadOnlyMemory<byte> buffer)
    {
        Qcow2Image image = Usable();
        return RunAsync(image, image.Freed.Begin(), image.SnapshotStore.WriteVmStateAsync(position, buffer));
    }

    /// <inheritdoc/>
    public override string? BackingFilename => _image?.Header.BackingFile;

    /// <inheritdoc/>
    public override async ValueTask ChangeBackingNameAsync(string? name, string? format)
    {
        Qcow2Image image = Usable();
        if (name is not null && (image.IsDataFileRaw || System.Text.Encoding.UTF8.GetByteCount(name) > Qcow2Header.MaxBackingFileLength))
        {
            throw new BlockIOException(Errno.EINVAL);
        }

        using (await image.Lock.EnterAsync())
        {
            (string? oldName, string? oldFormat) = (image.Header.BackingFile, image.Header.BackingFormat);
            (image.Header.BackingFile, image.Header.BackingFormat) = (name, name is null ? null : format);
            try
            {
                await HeaderUpdate.WriteAllAsync(image.File, image.Header);
            }
            catch (BlockIOException)
            {
                (image.Header.BackingFile, image.Header.BackingFormat) = (oldName, oldFormat);
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public override string? BackingFormat => _image?.Header.BackingFile is null ? null : _image.Header.BackingFormat;

    /// <inheritdoc/>
    public override ValueTask<BlockDriverInfo> GetInfoAsync() => ValueTask.FromResult(Qcow2Info.Describe(Image));

    /// <inheritdoc/>
    public ValueTask EnsureCanStoreAsync(string name, long granularity)
    {
        Image.Bitmaps.EnsureCanStore(name, granularity);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask RemoveStoredAsync(string name)
    {
        Qcow2Image image = Usable();
        try
        {
            await image.Bitmaps.RemoveAsync(name);
        }
        catch (ImageCorruptException e)
        {
            await image.Corruption.ReportFatalAsync(e);
            throw new QmpException($"Failed to update bitmap extension: {Errno.EIO.Describe()}", e);
        }
    }

    private void Adopt(Qcow2Image image)
    {
        _tidier?.Dispose();
        _image = image;
        _tidier = CacheTidier.Start(image);
    }

    private Qcow2Image Usable()
        => _image is { Corruption.IsBroken: false } image ? image : throw new BlockIOException(Errno.ENOMEDIUM);

    /// <summary>Ends a request: clusters freed meanwhile may be used again, and a contradiction in the tables is reported.</summary>
    /// <param name="image">The image.</param>
    /// <param name="access">
    /// What the request uses host clusters under; null for one that only changes tables: the clusters that it frees for a part
    /// of the disk may hold the tables of the next.
    /// </param>
    /// <param name="request">The request.</param>
    private static ValueTask RunAsync(Qcow2Image image, AccessGeneration? access, ValueTask request)
    {
        if (request.IsCompletedSuccessfully && !image.Freed.HasDiscards)
        {
            End(image, access);
            return image.Freed.HasDiscards ? image.Freed.DiscardAsync(image.File) : request;
        }

        return AwaitAsync(image, access, request);
    }

    private static async ValueTask<T> RunAsync<T>(Qcow2Image image, ValueTask<T> request)
    {
        T result = default!;
        await AwaitAsync(image, null, TakeAsync());
        return result;

        async ValueTask TakeAsync() => result = await request;
    }

    private static void End(Qcow2Image image, AccessGeneration? access)
    {
        if (access is not null)
        {
            image.Freed.End(access);
        }
    }

    private static async ValueTask AwaitAsync(Qcow2Image image, AccessGeneration? access, ValueTask request)
    {
        try
        {
            await request;
        }
        catch (ImageCorruptException e)
        {
            await image.Corruption.ReportFatalAsync(e);
            throw new BlockIOException(Errno.EIO, e);
        }
        finally
        {
            End(image, access);
        }

        await image.Freed.DiscardAsync(image.File);
    }

    // The last sector of compressed data is completed, so that the file can be read in whole sectors.
    private static async Task FinishCompressedAsync(Qcow2Image image)
    {
        try
        {
            await image.File.TruncateAsync(image.File.Node.Length);
        }
        catch (QmpException e)
        {
            throw new BlockIOException(Errno.EIO, e);
        }
    }
}
