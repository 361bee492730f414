namespace QmpHost.Hosting.Disks;

/// <summary>What a disk held at one moment. Only what is not zero takes memory.</summary>
public sealed class DiskContent : IEquatable<DiskContent>
{
    private const int ChunkSize = 64 * 1024;

    // A sector: what random data has in common by chance is shorter.
    private const int JoinedGap = 512;

    private readonly Dictionary<long, byte[]> _chunks = [];

    internal DiskContent(long length) => Length = length;

    /// <summary>The disk's length in bytes.</summary>
    public long Length { get; }

    /// <summary>The bytes of a range; beyond the end they are zero.</summary>
    /// <param name="offset">Where.</param>
    /// <param name="length">How many.</param>
    /// <returns>The bytes.</returns>
    public byte[] Read(long offset, int length)
    {
        byte[] result = new byte[length];
        for (int at = 0; at < length;)
        {
            int within = (int)((offset + at) % ChunkSize);
            int part = Math.Min(length - at, ChunkSize - within);
            if (_chunks.TryGetValue((offset + at) / ChunkSize, out byte[]? chunk) && within < chunk.Length)
            {
                chunk.AsSpan(within, Math.Min(part, chunk.Length - within)).CopyTo(result.AsSpan(at));
            }

            at += part;
        }

        return result;
    }

    /// <summary>Where two disks differ; where one ends before the other, its missing part counts as zero.</summary>
    /// <param name="other">The other disk.</param>
    /// <returns>The ranges in order, exact to the byte at their ends, joined where fewer than 512 bytes lie between.</returns>
    public IReadOnlyList<ByteRange> Differences(DiskContent other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var ranges = new List<ByteRange>();
        foreach (long chunk in _chunks.Keys.Union(other._chunks.Keys).Order())
        {
            byte[] mine = Read(chunk * ChunkSize, ChunkSize);
            byte[] theirs = other.Read(chunk * ChunkSize, ChunkSize);
            for (int at = 0; (at += mine.AsSpan(at).CommonPrefixLength(theirs.AsSpan(at))) < ChunkSize;)
            {
                int first = at;
                while (at < ChunkSize && mine[at] != theirs[at])
                {
                    at++;
                }

                Add(ranges, new ByteRange((chunk * ChunkSize) + first, at - first));
            }
        }

        return ranges;
    }

    /// <inheritdoc/>
    public bool Equals(DiskContent? other) => other is not null && Length == other.Length && Differences(other).Count == 0;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DiskContent);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Length, _chunks.Count);

    /// <inheritdoc/>
    public override string ToString() => $"{Length} bytes, {_chunks.Count} parts of 64 KiB not zero";

    internal static int ReadSize => ChunkSize;

    internal void Set(long offset, ReadOnlySpan<byte> data)
    {
        if (data.ContainsAnyExcept((byte)0))
        {
            _chunks[offset / ChunkSize] = data.ToArray();
        }
    }

    private static void Add(List<ByteRange> ranges, ByteRange range)
    {
        if (ranges.Count > 0 && range.Offset - ranges[^1].End < JoinedGap)
        {
            ranges[^1] = new ByteRange(ranges[^1].Offset, range.End - ranges[^1].Offset);
            return;
        }

        ranges.Add(range);
    }
}
