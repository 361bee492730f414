using System.Buffers.Binary;
using QmpHost.Block.Graph;

namespace QmpHost.Block.Drivers.Tables;

/// <summary>
/// The tables of an image, read page by page as they are needed and written through. However large a damaged header says
/// that they are, memory stays bounded.
/// </summary>
/// <remarks>Used on the event loop only. One writer at a time.</remarks>
internal sealed class MetadataPages(BlockChild file)
{
    private const int PageSize = 64 << 10;
    private const int MaxPages = 128;

    private readonly Dictionary<long, byte[]> _pages = [];
    private readonly Queue<long> _oldest = new();
    private long _version;

    /// <summary>Reads a little-endian number.</summary>
    public async ValueTask<uint> ReadUInt32LittleEndianAsync(long offset)
        => BinaryPrimitives.ReadUInt32LittleEndian((await GetAsync(offset)).AsSpan((int)(offset % PageSize)));

    /// <summary>Reads a big-endian number.</summary>
    public async ValueTask<uint> ReadUInt32BigEndianAsync(long offset)
        => BinaryPrimitives.ReadUInt32BigEndian((await GetAsync(offset)).AsSpan((int)(offset % PageSize)));

    /// <summary>Reads a little-endian number.</summary>
    public async ValueTask<ulong> ReadUInt64LittleEndianAsync(long offset)
        => BinaryPrimitives.ReadUInt64LittleEndian((await GetAsync(offset)).AsSpan((int)(offset % PageSize)));

    /// <summary>Writes bytes to the file, and to what is remembered of it.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">At most 64 KiB.</param>
    public async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> bytes)
    {
        // Whoever reads a page meanwhile must not remember it.
        _version++;
        try
        {
            await file.WriteAsync(offset, bytes);
        }
        catch
        {
            Forget();
            throw;
        }
        finally
        {
            _version++;
        }

        for (long start = offset - (offset % PageSize); start < offset + bytes.Length; start += PageSize)
        {
            if (_pages.TryGetValue(start, out byte[]? page))
            {
                int from = (int)Math.Max(0, start - offset);
                int to = (int)Math.Max(0, offset - start);
                bytes.Span.Slice(from, Math.Min(bytes.Length - from, PageSize - to)).CopyTo(page.AsSpan(to));
            }
        }
    }

    /// <summary>Writes a little-endian number.</summary>
    public ValueTask WriteUInt32LittleEndianAsync(long offset, uint value)
    {
        byte[] bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return WriteAsync(offset, bytes);
    }

    /// <summary>Writes a big-endian number.</summary>
    public ValueTask WriteUInt32BigEndianAsync(long offset, uint value)
    {
        byte[] bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return WriteAsync(offset, bytes);
    }

    /// <summary>Forgets everything, after the file was changed by other ways.</summary>
    public void Forget()
    {
        _pages.Clear();
        _oldest.Clear();
        _version++;
    }

    private ValueTask<byte[]> GetAsync(long offset)
    {
        long start = offset - (offset % PageSize);
        return _pages.TryGetValue(start, out byte[]? page) ? ValueTask.FromResult(page) : LoadAsync(start);
    }

    private async ValueTask<byte[]> LoadAsync(long start)
    {
        while (true)
        {
            long version = _version;
            byte[] page = new byte[PageSize];
            await file.ReadAsync(start, page);
            if (version != _version)
            {
                continue;
            }

            if (_pages.TryAdd(start, page))
            {
                _oldest.Enqueue(start);
                if (_pages.Count > MaxPages)
                {
                    _pages.Remove(_oldest.Dequeue());
                }
            }

            return _pages[start];
        }
    }
}
