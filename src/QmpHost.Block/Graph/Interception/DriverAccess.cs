using QmpHost.Block.Core;
using QmpHost.Block.Graph.Requests;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Interception;

/// <summary>The last step of a request, from the generic layer to the driver: past the graph's interceptor, if it has one.</summary>
internal static class DriverAccess
{
    public static ValueTask ReadAsync(RequestPath path, long offset, Memory<byte> buffer, RequestFlags flags)
        => path.Interceptor is { } interceptor
            ? ReadAsync(interceptor, path, offset, buffer, flags)
            : path.Driver.ReadAsync(offset, buffer, flags);

    public static ValueTask WriteAsync(RequestPath path, long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
        => path.Interceptor is { } interceptor
            ? RunAsync(interceptor, path, new NodeRequest(path.Node, NodeRequestKind.Write, offset, buffer.Length),
                bytes => path.Driver.WriteAsync(offset, buffer[..(int)bytes], flags))
            : path.Driver.WriteAsync(offset, buffer, flags);

    public static ValueTask WriteCompressedAsync(RequestPath path, long offset, ReadOnlyMemory<byte> buffer)
        => path.Interceptor is { } interceptor
            ? RunAsync(interceptor, path, new NodeRequest(path.Node, NodeRequestKind.Write, offset, buffer.Length),
                bytes => bytes == buffer.Length ? path.Driver.WriteCompressedAsync(offset, buffer) : default)
            : path.Driver.WriteCompressedAsync(offset, buffer);

    public static ValueTask WriteZeroesAsync(RequestPath path, long offset, long length, RequestFlags flags)
        => path.Interceptor is { } interceptor
            ? RunAsync(interceptor, path, new NodeRequest(path.Node, NodeRequestKind.WriteZeroes, offset, length),
                bytes => path.Driver.WriteZeroesAsync(offset, bytes, flags))
            : path.Driver.WriteZeroesAsync(offset, length, flags);

    public static ValueTask DiscardAsync(RequestPath path, long offset, long length)
        => path.Interceptor is { } interceptor
            ? RunAsync(interceptor, path, new NodeRequest(path.Node, NodeRequestKind.Discard, offset, length),
                bytes => path.Driver.DiscardAsync(offset, bytes))
            : path.Driver.DiscardAsync(offset, length);

    public static ValueTask FlushToDiskAsync(RequestPath path)
        => path.Interceptor is { } interceptor
            ? RunAsync(interceptor, path, new NodeRequest(path.Node, NodeRequestKind.Flush, 0, 0), _ => path.Driver.FlushToDiskAsync())
            : path.Driver.FlushToDiskAsync();

    public static ValueTask TruncateAsync(RequestPath path, long length, bool exact, PreallocMode preallocation, bool zeroNew)
        => path.Interceptor is { } interceptor
            ? TruncateAsync(interceptor, path, length, exact, preallocation, zeroNew)
            : path.Driver.TruncateAsync(length, exact, preallocation, zeroNew);

    public static async ValueTask<BlockStatus> GetBlockStatusAsync(RequestPath path, bool wantZero, long offset, long length)
    {
        BlockStatus status = default;
        await RunAsync(path.Interceptor!, path, new NodeRequest(path.Node, NodeRequestKind.BlockStatus, offset, length),
            async bytes => status = await path.Driver.GetBlockStatusAsync(wantZero, offset, bytes));
        return status;
    }

    private static async ValueTask ReadAsync(IRequestInterceptor interceptor, RequestPath path, long offset, Memory<byte> buffer, RequestFlags flags)
    {
        long read = buffer.Length;
        await RunAsync(interceptor, path, new NodeRequest(path.Node, NodeRequestKind.Read, offset, buffer.Length), bytes =>
        {
            read = bytes;
            return path.Driver.ReadAsync(offset, buffer[..(int)bytes], flags);
        });
        buffer.Span[(int)Math.Min(read, buffer.Length)..].Clear();
    }

    // Drivers refuse a change of length in words of their own.
    private static async ValueTask TruncateAsync(
        IRequestInterceptor interceptor, RequestPath path, long length, bool exact, PreallocMode preallocation, bool zeroNew)
    {
        try
        {
            await RunAsync(interceptor, path, new NodeRequest(path.Node, NodeRequestKind.Truncate, 0, length),
                bytes => bytes == length ? path.Driver.TruncateAsync(length, exact, preallocation, zeroNew) : default);
        }
        catch (BlockIOException e)
        {
            throw new Qapi.QmpException($"Failed to resize the file: {e.Errno.Describe()}", e);
        }
    }

    private static async ValueTask RunAsync(IRequestInterceptor interceptor, RequestPath path, NodeRequest request, Func<long, ValueTask> carryOut)
    {
        RequestVerdict verdict = await interceptor.BeforeAsync(request);
        Errno outcome = verdict.Errno;
        try
        {
            long bytes = verdict.Reaches >= request.Bytes ? request.Bytes : Alignment.Down(verdict.Reaches, path.RequestAlignment);
            if (bytes > 0 || (request.Bytes == 0 && outcome == Errno.None && verdict.Reaches > 0))
            {
                await carryOut(bytes);
            }

            if (outcome != Errno.None)
            {
                throw new BlockIOException(outcome);
            }
        }
        catch (BlockIOException e)
        {
            outcome = e.Errno;
            throw;
        }
        finally
        {
            interceptor.Ended(request, outcome);
        }
    }
}
