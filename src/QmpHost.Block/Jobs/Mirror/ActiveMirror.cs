using QmpHost.Block.Copy;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;

namespace QmpHost.Block.Jobs.Mirror;

/// <summary>
/// Copy mode "write-blocking": what the guest writes goes to both sides before the write is answered. A failure of the
/// target does not fail the guest's write: the area is copied again later.
/// </summary>
/// <remarks>Used on the host's event loop only.</remarks>
/// <param name="copier">Who copies the rest.</param>
/// <param name="target">The edge to the target.</param>
/// <param name="progress">Where the copied bytes are counted.</param>
/// <param name="onFailed">Told of a failure of the target.</param>
internal sealed class ActiveMirror(MirrorCopier copier, BlockChild target, JobProgress progress, Action<CopyResult> onFailed)
{
    /// <summary>Whether writes are to be made to the target at all; they no longer are when the job is about to fail.</summary>
    public bool IsOn { get; set; } = true;

    /// <summary>Bytes on the way to the target.</summary>
    public long BytesInFlight { get; private set; }

    /// <summary>Writes to both sides.</summary>
    public ValueTask WriteAsync(BlockChild source, long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags) => RunAsync(
        offset, buffer.Length, () => source.WriteAsync(offset, buffer, flags), () => target.WriteAsync(offset, buffer, flags & RequestFlags.Fua));

    /// <summary>Makes an area of both sides read as zeroes.</summary>
    public ValueTask WriteZeroesAsync(BlockChild source, long offset, long bytes, RequestFlags flags) => RunAsync(
        offset,
        bytes,
        () => source.WriteZeroesAsync(offset, bytes, flags),
        () => target.WriteZeroesAsync(offset, bytes, flags & (RequestFlags.Fua | RequestFlags.MayUnmap)));

    /// <summary>Drops the contents of an area of both sides.</summary>
    public ValueTask DiscardAsync(BlockChild source, long offset, long bytes)
        => RunAsync(offset, bytes, () => source.DiscardAsync(offset, bytes), () => target.DiscardAsync(offset, bytes));

    private async ValueTask RunAsync(long offset, long bytes, Func<ValueTask> writeSource, Func<ValueTask> writeTarget)
    {
        TrackedArea area = await BeginAsync(offset, bytes);
        BytesInFlight += bytes;
        progress.AddRemaining(bytes);
        try
        {
            await WriteSourceAsync(offset, bytes, writeSource);
            await WriteTargetAsync(offset, bytes, writeTarget);
        }
        finally
        {
            BytesInFlight -= bytes;
            copier.Areas.Remove(area);
        }
    }

    private async ValueTask<TrackedArea> BeginAsync(long offset, long bytes)
    {
        long granularity = copier.Dirty.Granularity;
        long start = Alignment.Down(offset, granularity);
        long length = Math.Max(Alignment.Up(offset + bytes, granularity) - start, granularity);
        while (copier.Areas.Find(start, length) is { } other)
        {
            await other.WaitAsync();
        }

        copier.ForgetZeroes(start, length);
        return copier.Areas.Add(start, length);
    }

    private async ValueTask WriteSourceAsync(long offset, long bytes, Func<ValueTask> write)
    {
        try
        {
            await write();
        }
        catch (BlockIOException)
        {
            // Nobody knows how much of it was written.
            copier.MarkDirty(offset, bytes);
            throw;
        }
    }

    private async ValueTask WriteTargetAsync(long offset, long bytes, Func<ValueTask> write)
    {
        try
        {
            await write();
            progress.Add(bytes);
        }
        catch (BlockIOException e)
        {
            copier.MarkDirty(offset, bytes);
            onFailed(new CopyResult(e.Errno, IsRead: false));
        }
    }
}
