using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Exports.Fuse;

/// <summary>The node of an export as a file that is read, written, made longer and shorter.</summary>
/// <remarks>Used on the host's loop only. What fails throws <see cref="BlockIOException"/>.</remarks>
/// <param name="backend">The export's place in the graph.</param>
internal sealed class FuseDisk(BlockBackend backend)
{
    private Task _resizing = Task.CompletedTask;

    /// <summary>The export's place in the graph.</summary>
    public BlockBackend Backend => backend;

    /// <summary>Whether it may be written.</summary>
    public bool IsWritable { get; init; }

    /// <summary>Whether writes behind the end make it longer.</summary>
    public bool IsGrowable { get; init; }

    /// <summary>Whether other users may use it.</summary>
    public bool AllowsOther { get; init; }

    /// <summary>Its length in bytes.</summary>
    public long Length => backend.Node.Length;

    /// <summary>Reads, as far as there is something.</summary>
    /// <param name="offset">Where to begin.</param>
    /// <param name="size">How many bytes are wanted.</param>
    /// <returns>A task with the answer.</returns>
    public async ValueTask<FuseAnswer> ReadAsync(long offset, int size)
    {
        FuseAnswer answer = FuseAnswer.Rent((int)Math.Max(0, Math.Min(size, Length - offset)));
        try
        {
            await backend.ReadAsync(Math.Min(offset, Length), answer.Data);
            return answer;
        }
        catch (BlockIOException)
        {
            answer.Dispose();
            throw;
        }
    }

    /// <summary>Writes, as far as there is room.</summary>
    /// <param name="offset">Where to begin.</param>
    /// <param name="data">The bytes.</param>
    /// <returns>A task with the number of bytes written.</returns>
    public async ValueTask<int> WriteAsync(long offset, ReadOnlyMemory<byte> data)
    {
        if (!IsWritable)
        {
            throw new BlockIOException(Errno.EACCES);
        }

        if (IsGrowable)
        {
            await GrowAsync(offset + data.Length);
        }

        int size = (int)Math.Max(0, Math.Min(data.Length, Length - offset));
        if (size > 0)
        {
            await backend.WriteAsync(offset, data[..size]);
        }

        return size;
    }

    /// <summary>Makes it at least as long as given, but never shorter.</summary>
    /// <param name="length">The length in bytes.</param>
    /// <param name="preallocation">How new space is allocated.</param>
    /// <returns>A task that ends then.</returns>
    public ValueTask GrowAsync(long length, PreallocMode preallocation = PreallocMode.Off)
        => length > Length ? ResizeAsync(length, growsOnly: true, preallocation) : ValueTask.CompletedTask;

    /// <summary>Changes its length.</summary>
    /// <param name="length">The length in bytes.</param>
    /// <returns>A task that ends then.</returns>
    public ValueTask ResizeAsync(long length) => ResizeAsync(length, growsOnly: false, PreallocMode.Off);

    // One after the other: the length may have changed when one's turn comes.
    private async ValueTask ResizeAsync(long length, bool growsOnly, PreallocMode preallocation)
    {
        Task before = _resizing;
        var done = new TaskCompletionSource();
        _resizing = done.Task;
        await before;
        try
        {
            if (!growsOnly || length > Length)
            {
                await backend.TruncateAsync(length, preallocation, zeroNew: true);
            }
        }
        catch (QmpException e)
        {
            throw new BlockIOException((e.InnerException as BlockIOException)?.Errno ?? Errno.ENOTSUP, e);
        }
        finally
        {
            done.SetResult();
        }
    }
}
