using System.Buffers;
using System.Buffers.Binary;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;

namespace QmpHost.Block.Drivers.Qcow2.Metadata;

/// <summary>
/// The in-memory copy of an L1 or refcount table. Only the part up to the last used entry takes memory, so that large
/// empty disks cost nothing.
/// </summary>
internal sealed class OffsetTable
{
    private const int ChunkEntries = 8192;

    private ulong[] _entries = [];

    /// <summary>Where the table lies in the image file.</summary>
    public long Offset { get; set; }

    /// <summary>Its number of entries.</summary>
    public int Length { get; set; }

    /// <summary>Its size in bytes.</summary>
    public long Size => (long)Length * sizeof(ulong);

    /// <summary>How many entries at the start may be other than zero.</summary>
    public int UsedLength => _entries.Length;

    /// <summary>An entry; zero behind the used part.</summary>
    public ulong this[int index] => index < _entries.Length ? _entries[index] : 0;

    /// <summary>Changes an entry in memory.</summary>
    public void Set(int index, ulong value)
    {
        if (index >= _entries.Length)
        {
            if (value == 0)
            {
                return;
            }

            Array.Resize(ref _entries, Math.Min(Length, Math.Max(index + 1, _entries.Length * 2)));
        }

        _entries[index] = value;
    }

    /// <summary>Zeroes every entry at and behind an index.</summary>
    public void ClearFrom(int index)
    {
        if (index < _entries.Length)
        {
            Array.Resize(ref _entries, index);
        }
    }

    /// <summary>Becomes another table.</summary>
    public void TakeOver(OffsetTable other)
    {
        _entries = other._entries;
        Offset = other.Offset;
        Length = other.Length;
    }

    /// <summary>Writes entries in the format of the file.</summary>
    public void CopyTo(int first, Span<byte> destination)
    {
        for (; !destination.IsEmpty; destination = destination[sizeof(ulong)..])
        {
            BinaryPrimitives.WriteUInt64BigEndian(destination, this[first++]);
        }
    }

    /// <summary>Reads the table from the image file; what lies beyond the file's end is zero.</summary>
    /// <exception cref="BlockIOException">The file could not be read.</exception>
    public async ValueTask LoadAsync(BlockChild file)
    {
        _entries = [];
        if (Length != 0 && Offset > long.MaxValue - (1L << 30))
        {
            throw new BlockIOException(Errno.EIO);
        }

        int stored = (int)Math.Clamp((file.Node.Length - Offset + sizeof(ulong) - 1) / sizeof(ulong), 0, Length);
        byte[] chunk = ArrayPool<byte>.Shared.Rent(Math.Min(stored, ChunkEntries) * sizeof(ulong));
        try
        {
            for (int first = 0; first < stored; first += ChunkEntries)
            {
                int count = Math.Min(ChunkEntries, stored - first);
                Memory<byte> bytes = chunk.AsMemory(0, count * sizeof(ulong));
                await file.ReadAsync(Offset + ((long)first * sizeof(ulong)), bytes);
                Store(first, bytes.Span);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    private void Store(int first, ReadOnlySpan<byte> bytes)
    {
        int used = (bytes.LastIndexOfAnyExcept((byte)0) + sizeof(ulong)) / sizeof(ulong);
        if (used == 0)
        {
            return;
        }

        Array.Resize(ref _entries, first + used);
        for (int i = 0; i < used; i++)
        {
            _entries[first + i] = BinaryPrimitives.ReadUInt64BigEndian(bytes[(i * sizeof(ulong))..]);
        }
    }
}
