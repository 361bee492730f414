using QmpHost.Exports.Memory;

namespace QmpHost.Exports.Virtio;

/// <summary>What a guest gave to read or to write, as one run of bytes.</summary>
/// <param name="segments">The pieces.</param>
internal sealed class GuestBuffer(List<MemorySegment> segments)
{
    /// <summary>Its length in bytes.</summary>
    public long Length { get; } = MemorySegment.TotalOf(segments);

    /// <summary>Reads some of it.</summary>
    /// <param name="offset">Where to begin.</param>
    /// <param name="to">Filled completely.</param>
    /// <exception cref="VirtioException">The memory is gone.</exception>
    public void Read(long offset, Span<byte> to)
    {
        if (!SharedMemory.TryRead(Cut(offset, to.Length), to))
        {
            throw new VirtioException("the guest's memory is gone");
        }
    }

    /// <summary>Writes some of it.</summary>
    /// <param name="offset">Where to begin.</param>
    /// <param name="from">The bytes.</param>
    /// <exception cref="VirtioException">The memory is gone.</exception>
    public void Write(long offset, ReadOnlySpan<byte> from)
    {
        if (!SharedMemory.TryWrite(Cut(offset, from.Length), from))
        {
            throw new VirtioException("the guest's memory is gone");
        }
    }

    private MemorySegment[] Cut(long offset, long length)
    {
        var cut = new List<MemorySegment>();
        foreach (MemorySegment segment in segments)
        {
            long own = (long)segment.Length;
            if (offset < own && length > 0)
            {
                long piece = Math.Min(own - offset, length);
                cut.Add(new MemorySegment(segment.Address + (nint)offset, (nuint)piece));
                length -= piece;
            }

            offset = Math.Max(offset - own, 0);
        }

        return [.. cut];
    }
}
