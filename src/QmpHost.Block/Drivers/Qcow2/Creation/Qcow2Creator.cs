using System.Buffers.Binary;
using System.Text;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Qcow2.Creation;

/// <summary>
/// Makes images: first one without a disk, whose refcounts cover itself; then the driver makes the disk as large as
/// wanted.
/// </summary>
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
            await MakeDiskAsync(graph, file, dataFile, checks, options);
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
        if (reference.Reference is not { } name)
        {
            try
            {
                return await graph.OpenAsync(reference.Definition!);
            }
            finally
            {
                // Opening an image takes time, whether it succeeds or not: the client has its answer before the outcome.
                await graph.Layer.Loop.YieldAsync();
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
            DataFile = dataFile is null ? null : Graph.Queries.NodeFilename.Of(dataFile),
            Compatible = checks.LazyRefcounts ? CompatibleFeatures.LazyRefcounts : 0,
        };

        var backend = new BlockBackend(graph, "", BlockPermissions.Write | BlockPermissions.Resize, BlockPermissions.All);
        backend.Insert(file);
        try
        {
            await graph.Layer.Loop.YieldAsync();
            await backend.Child.WriteAsync(0, EmptyImage(header));
            await backend.Child.FlushAsync();
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"Could not write qcow2 header: {e.Message}", e);
        }
        finally
        {
            await backend.RemoveAsync();
        }
    }

    /// <summary>Header, refcount table and the refcount block that counts these three clusters.</summary>
    private static byte[] EmptyImage(Qcow2Header header)
    {
        int clusterSize = (int)header.ClusterSize;
        byte[] image = new byte[HeaderClusters * clusterSize];
        Qcow2HeaderWriter.ToCluster(header).CopyTo(image, 0);
        BinaryPrimitives.WriteInt64BigEndian(image.AsSpan(clusterSize), 2L * clusterSize);
        var codec = new RefcountCodec(header.RefcountOrder);
        for (int i = 0; i < HeaderClusters; i++)
        {
            codec.Write(image.AsSpan(2 * clusterSize), i, 1);
        }

        return image;
    }

    private static async ValueTask MakeDiskAsync(
        BlockGraph graph, BlockNode file, BlockNode? dataFile, Qcow2CreateChecks checks, BlockdevCreateOptionsQcow2 options)
    {
        BlockNode node = await graph.OpenAsync(new BlockdevOptions
        {
            Driver = BlockdevDriver.Qcow2,
            Branch = new BlockdevOptionsQcow2
            {
                File = BlockdevRef.FromReference(file.NodeName),
                DataFile = dataFile is null ? null : BlockdevRef.FromReference(dataFile.NodeName),
            },
        });
        var backend = new BlockBackend(graph, "", BlockPermissions.Write | BlockPermissions.Resize, BlockPermissions.All);
        try
        {
            backend.Insert(node);
            await ResizeAsync(backend, checks);
            if (options.BackingFile is { } backingFile)
            {
                await SetBackingAsync(((Qcow2Driver)node.Driver).Image, backingFile, options.BackingFmt?.ToWire());
            }
        }
        finally
        {
            await backend.RemoveAsync();
            await graph.UnrefAsync(node);
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
            if (Encoding.UTF8.GetByteCount(backingFile) > Qcow2Header.MaxBackingFileLength)
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
