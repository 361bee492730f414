using System.Buffers.Binary;
using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Drain;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Qcow2.Creation;

/// <summary>
/// Makes images: first one without a disk, whose refcounts cover itself; then the driver makes the disk as large as
/// wanted.
/// </summary>
/// <remarks>
/// The requests are QEMU's, one by one: a file that is slow, or fails, shows them. Only the magic number is written when the header is
/// written again, and the refcounts are there at once, so that a file that is given up half-way is no image rather than a damaged one.
/// </remarks>
internal static class Qcow2Creator
{
    private const int HeaderClusters = 3;

    public static async ValueTask CreateAsync(BlockGraph graph, BlockdevCreateOptionsQcow2 options, CancellationToken cancellationToken)
    {
        BlockNode file = await OpenAsync(graph, options.File);
        BlockNode? dataFile = null;
        try
        {
            var checks = new Qcow2CreateChecks(options);
            dataFile = options.DataFile is { } data ? await OpenAsync(graph, data) : null;
            await WriteEmptyAsync(graph, file, dataFile, checks);
            cancellationToken.ThrowIfCancellationRequested();
            await UseAsync(graph, OptionsOf(file, dataFile, noFlush: true), backend => MakeDiskAsync(backend, checks, options));

            if (options.Encrypt is not null)
            {
                // Opening it again would take the passphrase.
                await file.Io.FlushAsync();
                return;
            }

            // Nothing was flushed so far: closing the image once more does that.
            await UseAsync(graph, OptionsOf(file, dataFile, noFlush: false), static _ => ValueTask.CompletedTask);
        }
        finally
        {
            await graph.UnrefAsync(file);
            if (dataFile is not null)
            {
                await graph.UnrefAsync(dataFile);
            }
        }
    }

    private static async ValueTask<BlockNode> OpenAsync(BlockGraph graph, BlockdevRef reference)
    {
        if (reference is not BlockdevRef.Reference { Value: var name })
        {
            try
            {
                return await graph.OpenAsync(((BlockdevRef.Definition)reference).Value);
            }
            finally
            {
                // Opening an image takes time, whether it succeeds or not: the client has its answer before the outcome.
                await graph.Context.Loop.YieldAsync();
            }
        }

        BlockNode node = graph.LookUp(name);
        graph.Ref(node);
        return node;
    }

    private static async ValueTask WriteEmptyAsync(BlockGraph graph, BlockNode file, BlockNode? dataFile, Qcow2CreateChecks checks)
    {
        var header = new Qcow2Header
        {
            Version = checks.Version,
            ClusterBits = checks.ClusterBits,
            Size = 0,
            RefcountTableOffset = 1L << checks.ClusterBits,
            RefcountTableClusters = 1,
            RefcountOrder = checks.RefcountOrder,
            Compression = checks.Compression,
            Incompatible = (checks.Compression != CompressionMethod.Zlib ? IncompatibleFeatures.CompressionType : 0)
                | (checks.ExtendedL2 ? IncompatibleFeatures.ExtendedL2 : 0)
                | (dataFile is not null ? IncompatibleFeatures.ExternalData : 0),
            Autoclear = checks.DataFileRaw ? AutoclearFeatures.RawExternalData : 0,
            Compatible = checks.LazyRefcounts ? CompatibleFeatures.LazyRefcounts : 0,
        };

        var backend = new BlockBackend(graph, "", BlockPermissions.Write | BlockPermissions.Resize, BlockPermissions.All);
        backend.Insert(file);
        try
        {
            await graph.Context.Loop.YieldAsync();
            await WriteAsync(backend, 0, Qcow2HeaderWriter.ToFirstCluster(header), "qcow2 header");
            await WriteAsync(backend, header.RefcountTableOffset, FirstRefcounts(header), "refcount table");
        }
        finally
        {
            await backend.RemoveAsync();
        }
    }

    private static async ValueTask WriteAsync(BlockBackend backend, long offset, byte[] bytes, string what)
    {
        try
        {
            await backend.Child.WriteAsync(offset, bytes);
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"Could not write {what}: {e.Message}", e);
        }
    }

    /// <summary>A refcount table, and its block, in which the header and these two are counted.</summary>
    private static byte[] FirstRefcounts(Qcow2Header header)
    {
        int clusterSize = (int)header.ClusterSize;
        byte[] refcounts = new byte[(HeaderClusters - 1) * clusterSize];
        BinaryPrimitives.WriteInt64BigEndian(refcounts, 2L * clusterSize);
        var codec = new RefcountCodec(header.RefcountOrder);
        for (int i = 0; i < HeaderClusters; i++)
        {
            codec.Write(refcounts.AsSpan(clusterSize), i, 1);
        }

        return refcounts;
    }

    private static BlockdevOptions.Qcow2 OptionsOf(BlockNode file, BlockNode? dataFile, bool noFlush) => new()
    {
        Cache = noFlush ? new BlockdevCacheOptions { NoFlush = true } : null,
        File = new BlockdevRef.Reference(file.NodeName),
        DataFile = dataFile is null ? null : new BlockdevRef.Reference(dataFile.NodeName),
        Backing = new BlockdevRefOrNull.Null(),
    };

    private static async ValueTask UseAsync(BlockGraph graph, BlockdevOptions options, Func<BlockBackend, ValueTask> action)
    {
        BlockNode node = await graph.Opener.OpenAsync(
            options, NodeFlags.OfRoot(options, graph.AwaitsMachine), new Qcow2Driver(Qcow2Driver.Table) { MakesImage = true });
        var backend = new BlockBackend(graph, "", BlockPermissions.Write | BlockPermissions.Resize, BlockPermissions.All);
        try
        {
            backend.Insert(node);
            await action(backend);
        }
        finally
        {
            using ChangeDrain.Section change = graph.ChangeDrain.BeginIfClosingInside();
            await backend.RemoveAsync();
            await graph.UnrefAsync(node);
        }
    }

    private static async ValueTask MakeDiskAsync(BlockBackend backend, Qcow2CreateChecks checks, BlockdevCreateOptionsQcow2 options)
    {
        Qcow2Image image = ((Qcow2Driver)backend.Node.Driver).Image;
        await CountHeaderAsync(image);
        await CompleteHeaderAsync(image);
        await ResizeAsync(backend, checks);
        if (options.BackingFile is { } backingFile)
        {
            await SetBackingAsync(image, backingFile, options.BackingFmt?.ToWire());
        }

        if (options.Encrypt is { } encryption)
        {
            await EncryptionSetup.ApplyAsync(image, encryption);
        }
    }

    // QEMU counts these clusters only here: where it fails to, so does this.
    private static async ValueTask CountHeaderAsync(Qcow2Image image)
    {
        try
        {
            using (await image.Lock.EnterAsync())
            {
                await image.Allocator.ClaimAsync(HeaderClusters);
            }
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"Could not allocate clusters for qcow2 header and refcount table: {e.Message}", e);
        }
    }

    private static async ValueTask CompleteHeaderAsync(Qcow2Image image)
    {
        try
        {
            image.Header.DataFile = image.ExternalDataFile is { } dataFile ? Graph.Queries.NodeFilename.Of(dataFile.Node) : null;
            await HeaderUpdate.WriteAllAsync(image.File, image.Header);
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"Could not update qcow2 header: {e.Message}", e);
        }
    }

    private static async ValueTask ResizeAsync(BlockBackend backend, Qcow2CreateChecks checks)
    {
        try
        {
            if (checks.IsBeyondAnyDisk)
            {
                throw new QmpException(checks.BeyondAnyDisk);
            }

            await backend.Child.TruncateAsync(checks.Size, exact: false, checks.Preallocation);
        }
        catch (QmpException e)
        {
            throw new QmpException($"Could not resize image: {e.Message}");
        }
    }

    private static async ValueTask SetBackingAsync(Qcow2Image image, string backingFile, string? format)
    {
        try
        {
            if (ModifiedUtf8.GetByteCount(backingFile) > Qcow2Header.MaxBackingFileLength)
            {
                throw new BlockIOException(Errno.EINVAL);
            }

            image.Header.BackingFile = backingFile;
            image.Header.BackingFormat = format;
            await HeaderUpdate.WriteAllAsync(image.File, image.Header);
        }
        catch (BlockIOException e)
        {
            string withFormat = format is null ? "" : $" with format '{format}'";
            throw new QmpException($"Could not assign backing file '{backingFile}'{withFormat}: {e.Message}", e);
        }
    }
}
