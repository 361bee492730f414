using QmpHost.Block.Core;

namespace QmpHost.Block.Drivers.Memory;

/// <summary>The bytes of a disk in memory: only pages that are not zero take space. Used on one host's event loop.</summary>
/// <param name="length">The length in bytes.</param>
public sealed class MemoryDisk(long length)
{
    // Pages are small, since a test's disks hold little; they hang in groups, since a large disk's are many.
    private const int PageBits = 12;
    private const int PageSize = 1 << PageBits;
    private const int GroupBits = 4;
    private const int GroupMask = (1 << GroupBits) - 1;

    private readonly Dictionary<long, byte[]?[]> _groups = [];

    private int _pages;

    /// <summary>The length in bytes.</summary>
    public long Length { get; private set; } = length;

    /// <summary>How many bytes it takes.</summary>
    public long AllocatedBytes => (long)_pages << PageBits;

    /// <summary>Reads; what was never written is zero.</summary>
    /// <param name="offset">Where, within the length.</param>
    /// <param name="buffer">Where the bytes go.</param>
    public void Read(long offset, Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            Span<byte> part = buffer[..PartLength(offset, buffer.Length)];
            if (Find(offset >> PageBits) is { } page)
            {
                page.AsSpan(Within(offset), part.Length).CopyTo(part);
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
            if ((Find(offset >> PageBits) ?? (part.ContainsAnyExcept((byte)0) ? Add(offset >> PageBits) : null)) is { } page)
            {
                part.CopyTo(page.AsSpan(Within(offset)));
            }

            offset += part.Length;
            data = data[part.Length..];
        }
    }

    /// <summary>Makes a range zero, and gives its space back where it covers whole pages.</summary>
    /// <param name="offset">Where.</param>
    /// <param name="bytes">How much.</param>
    public void Clear(long offset, long bytes)
    {
        Length = Math.Max(Length, offset + bytes);
        for (long end = offset + bytes; offset < end;)
        {
            if (!_groups.ContainsKey(offset >> PageBits >> GroupBits))
            {
                offset = ((offset >> PageBits >> GroupBits) + 1) << GroupBits << PageBits;
                continue;
            }

            int part = PartLength(offset, end - offset);
            if (part == PageSize)
            {
                Remove(offset >> PageBits);
            }
            else
            {
                Find(offset >> PageBits)?.AsSpan(Within(offset), part).Clear();
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
            Clear(length, (((before - 1) | (PageSize - 1)) + 1) - length);
        }

        Length = length;
    }

    /// <summary>Whether there is data at an offset, and how far that goes on.</summary>
    /// <param name="offset">Where.</param>
    /// <param name="bytes">How far to look.</param>
    /// <returns>Whether, and for how many bytes; at least one.</returns>
    internal (bool HasData, long Bytes) Status(long offset, long bytes)
    {
        bool hasData = Find(offset >> PageBits) is not null;
        long end = offset;
        while (end < offset + bytes && Find(end >> PageBits) is not null == hasData)
        {
            bool isEmpty = !_groups.ContainsKey(end >> PageBits >> GroupBits);
            int bits = isEmpty ? PageBits + GroupBits : PageBits;
            end = ((end >> bits) + 1) << bits;
        }

        return (hasData, Math.Min(end - offset, bytes));
    }

    private static int Within(long offset) => (int)(offset & (PageSize - 1));

    private static int PartLength(long offset, long length) => (int)Math.Min(length, PageSize - Within(offset));

    private byte[]? Find(long page) => _groups.TryGetValue(page >> GroupBits, out byte[]?[]? group) ? group[page & GroupMask] : null;

    private byte[] Add(long page)
    {
        if (!_groups.TryGetValue(page >> GroupBits, out byte[]?[]? group))
        {
            _groups.Add(page >> GroupBits, group = new byte[]?[1 << GroupBits]);
        }

        _pages++;
        return group[page & GroupMask] = new byte[PageSize];
    }

    private void Remove(long page)
    {
        if (_groups.TryGetValue(page >> GroupBits, out byte[]?[]? group) && group[page & GroupMask] is not null)
        {
            group[page & GroupMask] = null;
            _pages--;
            if (Array.TrueForAll(group, item => item is null))
            {
                _groups.Remove(page >> GroupBits);
            }
        }
    }
}
