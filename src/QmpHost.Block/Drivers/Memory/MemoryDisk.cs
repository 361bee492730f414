using QmpHost.Block.Core;

namespace QmpHost.Block.Drivers.Memory;

/// <summary>The bytes of a disk in memory: only what is not zero takes space. Used on one host's event loop.</summary>
/// <param name="length">The length in bytes.</param>
public sealed class MemoryDisk(long length)
{
    private const int ChunkBits = 16;
    private const int ChunkSize = 1 << ChunkBits;

    private readonly Dictionary<long, byte[]> _chunks = [];

    /// <summary>The length in bytes.</summary>
    public long Length { get; private set; } = length;

    /// <summary>How many bytes it takes.</summary>
    public long AllocatedBytes => (long)_chunks.Count << ChunkBits;

    /// <summary>Reads; what was never written is zero.</summary>
    /// <param name="offset">Where, within the length.</param>
    /// <param name="buffer">Where the bytes go.</param>
    public void Read(long offset, Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            Span<byte> part = buffer[..PartLength(offset, buffer.Length)];
            if (_chunks.TryGetValue(offset >> ChunkBits, out byte[]? chunk))
            {
                chunk.AsSpan(Within(offset), part.Length).CopyTo(part);
            }
            else
            {
                part.Clear();
            }

            offset += part.Length;
            buffer = buffer[part.Length..];
        }
    }

    /// <summary>Writes; what lies behind the end makes the disk longer.</summary>
    /// <param name="offset">Where.</param>
    /// <param name="data">The bytes.</param>
    public void Write(long offset, ReadOnlySpan<byte> data)
    {
        Length = Math.Max(Length, offset + data.Length);
        while (!data.IsEmpty)
        {
            ReadOnlySpan<byte> part = data[..PartLength(offset, data.Length)];
            if (_chunks.TryGetValue(offset >> ChunkBits, out byte[]? chunk))
            {
                part.CopyTo(chunk.AsSpan(Within(offset)));
            }
            else if (part.ContainsAnyExcept((byte)0))
            {
                chunk = new byte[ChunkSize];
                part.CopyTo(chunk.AsSpan(Within(offset)));
                _chunks.Add(offset >> ChunkBits, chunk);
            }

            offset += part.Length;
            data = data[part.Length..];
        }
    }

    /// <summary>Makes a range zero, and gives its space back where it covers whole chunks.</summary>
    /// <param name="offset">Where.</param>
    /// <param name="bytes">How much.</param>
    public void Clear(long offset, long bytes)
    {
        Length = Math.Max(Length, offset + bytes);
        for (long end = offset + bytes; offset < end;)
        {
            int part = PartLength(offset, end - offset);
            if (part == ChunkSize)
            {
                _chunks.Remove(offset >> ChunkBits);
            }
            else if (_chunks.TryGetValue(offset >> ChunkBits, out byte[]? chunk))
            {
                chunk.AsSpan(Within(offset), part).Clear();
            }

            offset += part;
        }
    }

    /// <summary>Makes the disk longer, by zeroes, or shorter.</summary>
    /// <param name="length">The length.</param>
    public void Resize(long length)
    {
        if (length < Length)
        {
            long before = Length;
            Clear(length, before - length);
            foreach (long chunk in _chunks.Keys.Where(chunk => chunk << ChunkBits >= length).ToArray())
            {
                _chunks.Remove(chunk);
            }
        }

        Length = length;
    }

    /// <summary>Whether there is data at an offset, and how far that goes on.</summary>
    /// <param name="offset">Where.</param>
    /// <param name="bytes">How far to look.</param>
    /// <returns>Whether, and for how many bytes; at least one.</returns>
    internal (bool HasData, long Bytes) Status(long offset, long bytes)
    {
        bool hasData = _chunks.ContainsKey(offset >> ChunkBits);
        long end = offset;
        while (end < offset + bytes && _chunks.ContainsKey(end >> ChunkBits) == hasData)
        {
            end = ((end >> ChunkBits) + 1) << ChunkBits;
        }

        return (hasData, Math.Min(end - offset, bytes));
    }

    private static int Within(long offset) => (int)(offset & (ChunkSize - 1));

    private static int PartLength(long offset, long length) => (int)Math.Min(length, ChunkSize - Within(offset));
}
