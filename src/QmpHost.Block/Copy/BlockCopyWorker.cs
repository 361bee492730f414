using QmpHost.Block.Core;
using QmpHost.Block.Graph;

namespace QmpHost.Block.Copy;

/// <summary>Looks at areas of the source and copies them: knows nothing of bitmaps, limits and other areas.</summary>
internal sealed class BlockCopyWorker(BlockChild source, BlockChild target, long length, CopyBufferPool buffers)
{
    /// <summary>How areas with data are copied.</summary>
    public BlockCopyMethod Method { get; set; }

    /// <summary>Whether the target compresses data.</summary>
    public bool Compress { get; set; }

    /// <summary>Whether areas that the source's own layer does not hold are left out.</summary>
    public bool SkipUnallocated { get; set; }

    /// <summary>Flags of every write.</summary>
    public RequestFlags WriteFlags { get; init; }

    /// <summary>Flags of writes of zeroes, beside <see cref="WriteFlags"/>.</summary>
    public RequestFlags ZeroFlags { get; init; }

    /// <summary>The unit of decisions: that of the copy bitmap, in bytes.</summary>
    public required long ClusterSize { get; init; }

    /// <summary>Decides what to do with the beginning of an area.</summary>
    public async ValueTask<CopyPlan> PlanAsync(long offset, long bytes)
    {
        BlockCopyMethod method = Method;
        BlockStatus status;
        try
        {
            BlockNode? below = SkipUnallocated ? BackingChain.Next(source.Node) : null;
            (status, _) = await source.Node.GetBlockStatusAboveAsync(below, wantZero: true, offset, Math.Min(bytes, length - offset));
        }
        catch (BlockIOException)
        {
            // The read of one cluster will tell what is wrong.
            return new CopyPlan(CopyKind.Data, ClusterSize, method);
        }

        long reach = Reach(offset, status.Bytes);
        if (reach == 0)
        {
            return new CopyPlan(CopyKind.Data, ClusterSize, method);
        }

        CopyKind kind = SkipUnallocated && (status.Flags & BlockStatusFlags.Allocated) == 0 ? CopyKind.Skip
            : (status.Flags & BlockStatusFlags.Zero) != 0 ? CopyKind.Zero
            : CopyKind.Data;
        return new CopyPlan(kind, reach, method);
    }

    /// <summary>Whether the source's own layer holds anything of the clusters at an offset, and how far that is known.</summary>
    public async ValueTask<(bool Allocated, long Bytes)> IsAllocatedAsync(long offset, long bytes)
    {
        long known = 0;
        while (known < bytes && offset + known < length)
        {
            (bool allocated, long count, _) = await source.Node.IsAllocatedAboveAsync(
                BackingChain.Next(source.Node), includeBelow: false, offset + known, length - offset - known);
            if (allocated)
            {
                // A cluster that is held in part counts as held.
                return known < ClusterSize
                    ? (true, Math.Max(ClusterSize, Alignment.Down(known + count, ClusterSize)))
                    : (false, Alignment.Down(known, ClusterSize));
            }

            known += count;
        }

        return (false, Alignment.Up(known, ClusterSize));
    }

    /// <summary>Copies an area; failures are part of the result.</summary>
    public ValueTask<CopyResult> CopyAsync(long offset, long bytes, CopyPlan plan)
    {
        long inDisk = Math.Min(bytes, length - offset);
        return plan.Kind == CopyKind.Zero ? WriteZeroesAsync(offset, inDisk)
            : plan.Method is BlockCopyMethod.TryCopyRange or BlockCopyMethod.CopyRange ? CopyRangeAsync(offset, inDisk, plan.Method)
            : CopyDataAsync(offset, inDisk);
    }

    private async ValueTask<CopyResult> WriteZeroesAsync(long offset, long bytes)
    {
        try
        {
            await target.WriteZeroesAsync(offset, bytes, WriteFlags | ZeroFlags);
            return default;
        }
        catch (BlockIOException e)
        {
            return new CopyResult(e.Errno, IsRead: false);
        }
    }

    private async ValueTask<CopyResult> CopyRangeAsync(long offset, long bytes, BlockCopyMethod method)
    {
        try
        {
            await source.CopyRangeFromAsync(offset, bytes, new CopyRangeTarget(target, offset, WriteFlags));
        }
        catch (BlockIOException)
        {
            // Whatever is wrong: either reading and writing works, or it says what the matter is.
            Learn(method, BlockCopyMethod.ReadWrite);
            return await CopyDataAsync(offset, bytes);
        }

        Learn(method, BlockCopyMethod.CopyRange);
        return default;
    }

    // What others have found out meanwhile stands.
    private void Learn(BlockCopyMethod tried, BlockCopyMethod next)
    {
        if (Method == tried)
        {
            Method = next;
        }
    }

    private async ValueTask<CopyResult> CopyDataAsync(long offset, long bytes)
    {
        CopyBuffer buffer = await buffers.RentAsync();
        bool reading = true;
        try
        {
            for (long done = 0; done < bytes; done += buffer.Data.Length)
            {
                reading = true;
                Memory<byte> data = buffer.Data.AsMemory(0, (int)Math.Min(buffer.Data.Length, bytes - done));
                await source.ReadAsync(offset + done, data);
                reading = false;
                ValueTask write = target.WriteAsync(offset + done, data, Compress ? WriteFlags | RequestFlags.WriteCompressed : WriteFlags);
                buffers.ServeWaiting();
                await write;
            }

            return default;
        }
        catch (BlockIOException e)
        {
            return new CopyResult(e.Errno, reading);
        }
        finally
        {
            buffers.Return(buffer);
        }
    }

    /// <summary>A length in whole clusters; the last cluster of the disk counts as whole.</summary>
    private long Reach(long offset, long bytes)
        => offset + bytes >= length ? Alignment.Up(length - offset, ClusterSize) : Alignment.Down(bytes, ClusterSize);
}
