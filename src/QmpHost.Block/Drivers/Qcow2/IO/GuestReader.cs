using System.Buffers;
using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Block.Graph;
using QmpHost.Block.Loop;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Qcow2.IO;

/// <summary>Reads the disk's contents, from wherever they are.</summary>
internal sealed class GuestReader(
    BlockNode node,
    BlockChild file,
    BlockChild dataFile,
    Qcow2Geometry geometry,
    CompressionMethod compression,
    ClusterMap map,
    GuestCipher? cipher)
{
    /// <summary>Reads.</summary>
    /// <param name="offset">Start in bytes, within the disk.</param>
    /// <param name="buffer">Filled completely.</param>
    public async ValueTask ReadAsync(long offset, Memory<byte> buffer)
    {
        PieceTasks? pieces = null;
        while (!buffer.IsEmpty && pieces is not { HasFailed: true })
        {
            MappedExtent extent;
            try
            {
                extent = await map.MapAsync(offset, buffer.Length);
            }
            catch (Exception e) when (pieces is not null && e is (BlockIOException or ImageCorruptException))
            {
                // Pieces under way use the caller's buffer: they end first.
                await pieces.AddAsync(ValueTask.FromException(e));
                break;
            }

            Memory<byte> part = buffer[..(int)extent.Length];
            buffer = buffer[part.Length..];
            if (buffer.IsEmpty && pieces is null)
            {
                await ReadExtentAsync(extent, offset, part);
                return;
            }

            pieces ??= new PieceTasks();
            await pieces.AddAsync(ReadExtentAsync(extent, offset, part));
            offset += part.Length;
        }

        if (pieces is not null)
        {
            await pieces.CompleteAsync();
        }
    }

    private ValueTask ReadExtentAsync(MappedExtent extent, long offset, Memory<byte> part)
    {
        switch (extent.Kind)
        {
            case SubclusterKind.ZeroPlain or SubclusterKind.ZeroAllocated:
                part.Span.Clear();
                return ValueTask.CompletedTask;
            case SubclusterKind.UnallocatedPlain or SubclusterKind.UnallocatedAllocated:
                return ReadBackingAsync(offset, part);
            case SubclusterKind.Compressed:
                return ReadCompressedAsync(extent.Descriptor, geometry.OffsetIntoCluster(offset), part);
            default:
                return ReadDataAsync(extent.HostOffset, offset, part);
        }
    }

    private async ValueTask ReadDataAsync(long hostOffset, long offset, Memory<byte> part)
    {
        await file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.ReadAio);
        await dataFile.ReadAsync(hostOffset, part);
        cipher?.Decrypt(hostOffset, offset, part.Span);
    }

    private async ValueTask ReadBackingAsync(long offset, Memory<byte> part)
    {
        if (node.Backing is not { } backing)
        {
            part.Span.Clear();
            return;
        }

        await file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.ReadBackingAio);
        await backing.ReadAsync(offset, part);
    }

    private async ValueTask ReadCompressedAsync(ulong descriptor, int offsetInCluster, Memory<byte> part)
    {
        var data = CompressedDescriptor.Decode(geometry, descriptor);
        byte[] compressed = ArrayPool<byte>.Shared.Rent(data.Length);
        byte[] cluster = ArrayPool<byte>.Shared.Rent(geometry.ClusterSize);
        try
        {
            await file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.ReadCompressed);
            await file.ReadAsync(data.HostOffset, compressed.AsMemory(0, data.Length));
            await EventLoop.OffloadAsync(() => ClusterCodec.Decompress(compression, compressed, data.Length, cluster.AsSpan(0, geometry.ClusterSize)));
            cluster.AsMemory(offsetInCluster, part.Length).CopyTo(part);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(cluster);
            ArrayPool<byte>.Shared.Return(compressed);
        }
    }
}
