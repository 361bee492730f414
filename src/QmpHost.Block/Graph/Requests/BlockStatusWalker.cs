using QmpHost.Block.Core;
using QmpHost.Block.Graph.Interception;

namespace QmpHost.Block.Graph.Requests;

/// <summary>Answers where the data of an area lies: in one node, or over its chain.</summary>
internal static class BlockStatusWalker
{
    /// <summary>The state of one node's own layer.</summary>
    public static async ValueTask<BlockStatus> GetAsync(BlockNode node, bool wantZero, long offset, long bytes)
    {
        if (offset >= node.Length)
        {
            return new BlockStatus(BlockStatusFlags.Eof, 0);
        }

        bytes = Math.Min(bytes, node.Length - offset);
        if (bytes == 0)
        {
            return new BlockStatus(BlockStatusFlags.None, 0);
        }

        node.Io.Enter();
        try
        {
            return await GetCountedAsync(node, wantZero, offset, bytes);
        }
        finally
        {
            node.Io.Leave();
        }
    }

    /// <summary>The state over a chain of nodes.</summary>
    /// <returns>The state, and how many layers were looked at.</returns>
    public static async ValueTask<(BlockStatus Status, int Layers)> WalkAsync(
        BlockNode top, BlockNode? below, bool includeBelow, bool wantZero, long offset, long bytes)
    {
        if (!includeBelow && top == below)
        {
            return (new BlockStatus(BlockStatusFlags.None, bytes), 0);
        }

        BlockStatus status = await GetAsync(top, wantZero, offset, bytes);
        int layers = 1;
        if (status.Bytes == 0 || (status.Flags & BlockStatusFlags.Allocated) != 0 || (includeBelow && top == below))
        {
            return (status, layers);
        }

        bool reachesEnd = (status.Flags & BlockStatusFlags.Eof) != 0;
        long end = reachesEnd ? offset + status.Bytes : -1;
        bytes = status.Bytes;
        for (BlockNode? node = Below(top); node is not null && (includeBelow || node != below); node = Below(node))
        {
            status = await GetAsync(node, wantZero, offset, bytes);
            layers++;
            if (status.Bytes == 0)
            {
                // The layer is short: what lies behind its end reads as zeroes, as if allocated here.
                status = new BlockStatus(BlockStatusFlags.Zero | BlockStatusFlags.Allocated, bytes, File: node);
                break;
            }

            if ((status.Flags & BlockStatusFlags.Allocated) != 0)
            {
                // The end of a lower layer is not that of the top.
                status = status with { Flags = status.Flags & ~BlockStatusFlags.Eof };
                break;
            }

            bytes = status.Bytes;
            if (node == below)
            {
                break;
            }
        }

        if (offset + status.Bytes == end)
        {
            status = status with { Flags = status.Flags | BlockStatusFlags.Eof };
        }

        return (status, layers);
    }

    /// <summary>The next layer of a chain: the filtered child or the backing child.</summary>
    public static BlockNode? Below(BlockNode node) => (node.FilteredChild ?? node.CowChild)?.Node;

    private static async ValueTask<BlockStatus> GetCountedAsync(BlockNode node, bool wantZero, long offset, long bytes)
    {
        int alignment = node.Limits.RequestAlignment;
        long start = Alignment.Down(offset, alignment);
        long end = Alignment.Up(offset + bytes, alignment);
        BlockStatus status = node.Io.Interceptor is null
            ? await node.Driver.GetBlockStatusAsync(wantZero, start, end - start)
            : await DriverAccess.GetBlockStatusAsync(node.Io, wantZero, start, end - start);
        long head = offset - start;
        status = status with { Bytes = Math.Min(status.Bytes - head, bytes) };
        if ((status.Flags & BlockStatusFlags.OffsetValid) != 0)
        {
            status = status with { Map = status.Map + head };
        }

        if ((status.Flags & BlockStatusFlags.Raw) != 0 && status.File is { } passed)
        {
            status = await GetAsync(passed, wantZero, status.Map, status.Bytes);
        }
        else
        {
            status = await CompleteAsync(node, status, wantZero, offset);
        }

        bool reachesEnd = offset + status.Bytes == node.Length;
        return reachesEnd
            ? status with { Flags = status.Flags | BlockStatusFlags.Eof }
            : status with { Flags = status.Flags & ~BlockStatusFlags.Eof };
    }

    // Adds what the generic layer knows: that data is allocated, that nothing lies behind a short backing file, that a
    // hole of the child reads as zeroes.
    private static async ValueTask<BlockStatus> CompleteAsync(BlockNode node, BlockStatus status, bool wantZero, long offset)
    {
        BlockStatusFlags flags = status.Flags;
        if ((flags & (BlockStatusFlags.Data | BlockStatusFlags.Zero)) != 0)
        {
            flags |= BlockStatusFlags.Allocated;
        }
        else if (node.Driver.Descriptor.SupportsBacking
            && (node.CowChild is not { } backing || (wantZero && backing.Node.Length <= offset)))
        {
            flags |= BlockStatusFlags.Zero;
        }

        status = status with { Flags = flags };
        const BlockStatusFlags Recursing = BlockStatusFlags.Recurse | BlockStatusFlags.Data | BlockStatusFlags.OffsetValid;
        if (!wantZero || (flags & Recursing) != Recursing || (flags & BlockStatusFlags.Zero) != 0
            || status.File is not { } file || file == node)
        {
            return status;
        }

        return await AddZeroesOfChildAsync(status, file);
    }

    private static async ValueTask<BlockStatus> AddZeroesOfChildAsync(BlockStatus status, BlockNode file)
    {
        BlockStatus inner;
        try
        {
            inner = await GetAsync(file, wantZero: true, status.Map, status.Bytes);
        }
        catch (BlockIOException)
        {
            // This only adds to what is known already.
            return status;
        }

        if ((inner.Flags & BlockStatusFlags.Eof) != 0 && (inner.Bytes == 0 || (inner.Flags & BlockStatusFlags.Zero) != 0))
        {
            // Behind the end of the child there are zeroes, as far as the parent asked.
            return status with { Flags = status.Flags | BlockStatusFlags.Zero };
        }

        return status with { Bytes = inner.Bytes, Flags = status.Flags | (inner.Flags & BlockStatusFlags.Zero) };
    }
}
