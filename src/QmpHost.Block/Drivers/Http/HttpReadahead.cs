namespace QmpHost.Block.Drivers.Http;

/// <summary>
/// The ranges of a file that were asked for last, each with some bytes more than were needed. Reads that one of them covers wait
/// for it, or have it already. Used on the event loop.
/// </summary>
/// <param name="file">The file.</param>
/// <param name="readahead">How many bytes more are read.</param>
internal sealed class HttpReadahead(HttpFile file, int readahead)
{
    /// <summary>The most bytes that are read ahead, however many are asked for.</summary>
    public const int MaxReadahead = 64 << 20;

    private const int MaxRanges = 4;

    private readonly List<FileRange> _ranges = [];

    /// <summary>Reads; behind the end of the file there are zeroes.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="buffer">Filled completely.</param>
    /// <exception cref="HttpFileException">The server does not give it.</exception>
    public async ValueTask ReadAsync(long offset, Memory<byte> buffer)
    {
        int present = (int)Math.Clamp(file.Length - offset, 0, buffer.Length);
        buffer[present..].Span.Clear();
        if (present == 0)
        {
            return;
        }

        FileRange range = _ranges.Find(known => known.Covers(offset, present)) ?? Ask(offset, present);
        try
        {
            byte[] data = await range.Data;
            data.AsMemory((int)(offset - range.Start), present).CopyTo(buffer);
        }
        catch (HttpFileException)
        {
            _ranges.Remove(range);
            throw;
        }
    }

    private FileRange Ask(long offset, int bytes)
    {
        int length = (int)Math.Min(file.Length - offset, Math.Min((long)bytes + readahead, int.MaxValue));
        var range = new FileRange(offset, length, file.ReadAsync(offset, length));
        if (_ranges.Count == MaxRanges)
        {
            _ranges.RemoveAt(0);
        }

        _ranges.Add(range);
        return range;
    }

    private sealed record FileRange(long Start, int Length, Task<byte[]> Data)
    {
        public bool Covers(long offset, int bytes) => offset >= Start && offset + bytes <= Start + Length;
    }
}
