using QmpHost.Block.Core;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Requests;

/// <summary>How far a write reaches into the blocks at its ends, and what they hold besides.</summary>
internal readonly struct RequestPadding
{
    private readonly int _alignment;

    public RequestPadding(long offset, long bytes, int alignment)
    {
        _alignment = alignment;
        Start = Alignment.Down(offset, alignment);
        End = Alignment.Up(offset + bytes, alignment);
        Head = offset - Start;
        Tail = End - offset - bytes;
    }

    /// <summary>Start of the first block.</summary>
    public long Start { get; }

    /// <summary>End of the last block.</summary>
    public long End { get; }

    /// <summary>Bytes before the request in its first block.</summary>
    public long Head { get; }

    /// <summary>Bytes behind the request in its last block.</summary>
    public long Tail { get; }

    /// <summary>Length of all the blocks.</summary>
    public long Length => End - Start;

    /// <summary>Reads the first and last block, as far as the request does not fill them, into a buffer of all blocks.</summary>
    public async ValueTask ReadEndsAsync(RequestPath path, Memory<byte> whole)
    {
        BlockDriver driver = path.Driver;
        bool isShort = Length == _alignment || (Head > 0 && Tail > 0 && Length == 2L * _alignment);
        if (isShort)
        {
            await RaiseBeforeAsync(driver, Head > 0, Tail > 0);
            await ReadRequests.ReadFromDriverAsync(path, Start, whole, RequestFlags.None);
            await RaiseAfterAsync(driver, Head > 0, Tail > 0);
            return;
        }

        if (Head > 0)
        {
            await RaiseBeforeAsync(driver, head: true, tail: false);
            await ReadRequests.ReadFromDriverAsync(path, Start, whole[.._alignment], RequestFlags.None);
            await RaiseAfterAsync(driver, head: true, tail: false);
        }

        if (Tail > 0)
        {
            await RaiseBeforeAsync(driver, head: false, tail: true);
            await ReadRequests.ReadFromDriverAsync(path, End - _alignment, whole[^_alignment..], RequestFlags.None);
            await RaiseAfterAsync(driver, head: false, tail: true);
        }
    }

    private static async ValueTask RaiseBeforeAsync(BlockDriver driver, bool head, bool tail)
    {
        if (head)
        {
            await driver.OnDebugEventAsync(BlkdebugEvent.PwritevRmwHead);
        }

        if (tail)
        {
            await driver.OnDebugEventAsync(BlkdebugEvent.PwritevRmwTail);
        }
    }

    private static async ValueTask RaiseAfterAsync(BlockDriver driver, bool head, bool tail)
    {
        if (head)
        {
            await driver.OnDebugEventAsync(BlkdebugEvent.PwritevRmwAfterHead);
        }

        if (tail)
        {
            await driver.OnDebugEventAsync(BlkdebugEvent.PwritevRmwAfterTail);
        }
    }
}
