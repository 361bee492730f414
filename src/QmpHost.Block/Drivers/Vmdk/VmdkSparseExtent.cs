using System.Buffers.Binary;
using System.IO.Compression;
using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Compression;
using QmpHost.Block.Drivers.Tables;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Queries;
using QmpHost.Block.Loop;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Vmdk;

/// <summary>A part of the disk that lies in its file grain by grain, as they are written.</summary>
internal sealed class VmdkSparseExtent : VmdkExtent
{
    private const uint ZeroGrain = 1;
    private const int MarkerBytes = 12;

    private readonly BlockChild _file;
    private readonly VmdkSparseHeader _header;
    private readonly string _type;
    private readonly MetadataPages _pages;
    private readonly AsyncLock _allocation = new();
    private long _end;

    /// <summary>Opens an extent.</summary>
    /// <param name="file">Its file.</param>
    /// <param name="header">Its header, checked.</param>
    /// <param name="type">The descriptor's word for it; empty for the only extent of a file that has its own descriptor.</param>
    public VmdkSparseExtent(BlockChild file, VmdkSparseHeader header, string type)
    {
        _file = file;
        _header = header;
        _type = type;
        _pages = new MetadataPages(file);
        _end = header.IsCompressed
            ? Alignment.Up(file.Node.Length, BlockNode.SectorSize)
            : Alignment.Up(file.Node.Length, header.GrainBytes);
    }

    /// <summary>Whether grains are compressed.</summary>
    public bool IsCompressed => _header.IsCompressed;

    /// <inheritdoc/>
    public override long GrainBytes => _header.GrainBytes;

    /// <inheritdoc/>
    public override bool HasZeroGrains => _header.HasZeroGrains;

    /// <summary>Looks at both copies of the directory once, so that an image that lacks them is not opened.</summary>
    /// <exception cref="Qapi.QmpException">They cannot be read.</exception>
    public async ValueTask CheckDirectoriesAsync()
    {
        await CheckDirectoryAsync(_header.Directory, "l1 table");
        if (_header.HasRedundantDirectory)
        {
            await CheckDirectoryAsync(_header.RedundantDirectory, "l1 backup table");
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<BlockStatus> FindAsync(long offset, long bytes)
    {
        (BlockStatusFlags flags, long host) = await FindGrainAsync(offset);
        long covered = GrainBytes - (offset % GrainBytes);
        while (covered < bytes && !IsCompressed)
        {
            (BlockStatusFlags next, long nextHost) = await FindGrainAsync(offset + covered);
            if (next != flags || ((flags & BlockStatusFlags.Data) != 0 && nextHost != host + covered))
            {
                break;
            }

            covered += GrainBytes;
        }

        covered = Math.Min(Math.Min(covered, bytes), Length - offset);
        return (flags & BlockStatusFlags.OffsetValid) != 0
            ? new BlockStatus(flags, covered, host, _file.Node)
            : new BlockStatus(flags, covered);
    }

    /// <inheritdoc/>
    public override async ValueTask ReadAsync(long offset, Memory<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            Memory<byte> part = buffer[..(int)Math.Min(buffer.Length, GrainBytes - (offset % GrainBytes))];
            uint entry = await ReadEntryAsync(offset);
            long host = entry * (long)BlockNode.SectorSize;
            if (IsCompressed)
            {
                byte[] grain = await ReadCompressedAsync(host);
                grain.AsMemory((int)(offset % GrainBytes), part.Length).CopyTo(part);
            }
            else
            {
                await _file.ReadAsync(host + (offset % GrainBytes), part);
            }

            offset += part.Length;
            buffer = buffer[part.Length..];
        }
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, Func<long, Memory<byte>, ValueTask> readBelow)
    {
        while (!buffer.IsEmpty)
        {
            ReadOnlyMemory<byte> part = buffer[..(int)Math.Min(buffer.Length, GrainBytes - (offset % GrainBytes))];
            await (IsCompressed ? WriteCompressedAsync(offset, part) : WritePartAsync(offset, part, readBelow));
            offset += part.Length;
            buffer = buffer[part.Length..];
        }
    }

    /// <inheritdoc/>
    public override async ValueTask ZeroAsync(long offset, long bytes)
    {
        bool isWhole = offset % GrainBytes == 0 && (bytes % GrainBytes == 0 || offset + bytes == Length);
        if (!HasZeroGrains || IsCompressed || !isWhole)
        {
            throw new BlockIOException(Errno.ENOTSUP);
        }

        using (await _allocation.EnterAsync())
        {
            for (long start = offset; start < offset + bytes; start += GrainBytes)
            {
                await WriteEntryAsync(start, ZeroGrain);
            }
        }
    }

    /// <summary>Completes the last sector of the file, after the last compressed grain.</summary>
    public ValueTask FinishAsync() => _file.TruncateAsync(Alignment.Up(_file.Node.Length, BlockNode.SectorSize));

    /// <inheritdoc/>
    public override ImageInfo Describe() => new()
    {
        Filename = NodeFilename.Of(_file.Node),
        Format = _type,
        VirtualSize = Length,
        Compressed = IsCompressed ? true : null,
        ClusterSize = GrainBytes,
    };

    private async ValueTask CheckDirectoryAsync(ulong sector, string what)
    {
        try
        {
            if (sector > (ulong)BlockNode.MaxLength / BlockNode.SectorSize)
            {
                throw new BlockIOException(Errno.EIO);
            }

            await _pages.ReadUInt32LittleEndianAsync((long)sector * BlockNode.SectorSize);
        }
        catch (BlockIOException e)
        {
            throw new Qapi.QmpException($"Could not read {what} from extent '{NodeFilename.Of(_file.Node)}': {e.Message}", e);
        }
    }

    private async ValueTask<(BlockStatusFlags Flags, long Host)> FindGrainAsync(long offset)
    {
        uint entry = await ReadEntryAsync(offset);
        return entry == 0 ? (BlockStatusFlags.None, 0)
            : entry == ZeroGrain && HasZeroGrains ? (BlockStatusFlags.Zero, 0)
            : IsCompressed ? (BlockStatusFlags.Data | BlockStatusFlags.Compressed, 0)
            : (BlockStatusFlags.Data | BlockStatusFlags.OffsetValid, (entry * (long)BlockNode.SectorSize) + (offset % GrainBytes));
    }

    private async ValueTask<uint> ReadEntryAsync(long offset)
    {
        long table = await TableOffsetAsync(_header.Directory, offset);
        return table == 0 ? 0 : await _pages.ReadUInt32LittleEndianAsync(table + EntryOffset(offset));
    }

    private async ValueTask<long> TableOffsetAsync(ulong directory, long offset)
        => await _pages.ReadUInt32LittleEndianAsync(((long)directory * BlockNode.SectorSize) + (offset / _header.TableCoverage * sizeof(uint)))
            * (long)BlockNode.SectorSize;

    private long EntryOffset(long offset) => offset % _header.TableCoverage / GrainBytes * sizeof(uint);

    private async ValueTask WritePartAsync(long offset, ReadOnlyMemory<byte> part, Func<long, Memory<byte>, ValueTask> readBelow)
    {
        (BlockStatusFlags flags, long host) = await FindGrainAsync(offset);
        if ((flags & BlockStatusFlags.Data) == 0)
        {
            using (await _allocation.EnterAsync())
            {
                // Another request may have been faster.
                (flags, host) = await FindGrainAsync(offset);
                if ((flags & BlockStatusFlags.Data) == 0)
                {
                    await AllocateAsync(offset, part, flags == BlockStatusFlags.None ? readBelow : null);
                    return;
                }
            }
        }

        await _file.WriteAsync(host, part);
    }

    private async ValueTask AllocateAsync(long offset, ReadOnlyMemory<byte> part, Func<long, Memory<byte>, ValueTask>? readBelow)
    {
        byte[] grain = new byte[GrainBytes];
        long start = offset - (offset % GrainBytes);
        if (readBelow is not null && part.Length < GrainBytes)
        {
            await readBelow(start, grain.AsMemory(0, (int)Math.Min(GrainBytes, Length - start)));
        }

        part.CopyTo(grain.AsMemory((int)(offset - start)));
        long place = TakePlace(GrainBytes);
        await _file.WriteAsync(place, grain);
        await WriteEntryAsync(offset, (uint)(place / BlockNode.SectorSize));
    }

    // Grains follow one another; a failed write leaves a gap and no more.
    private long TakePlace(long bytes)
    {
        long place = _end;
        if (place / BlockNode.SectorSize > uint.MaxValue)
        {
            throw new BlockIOException(Errno.ENOSPC);
        }

        _end += Alignment.Up(bytes, IsCompressed ? BlockNode.SectorSize : GrainBytes);
        return place;
    }

    // The second copy first: while the first does not know the grain, nobody misses it.
    private async ValueTask WriteEntryAsync(long offset, uint entry)
    {
        long table = await TableOffsetAsync(_header.Directory, offset);
        if (table == 0)
        {
            throw new BlockIOException(Errno.EIO);
        }

        if (_header.HasRedundantDirectory && await TableOffsetAsync(_header.RedundantDirectory, offset) is > 0 and var second)
        {
            await _pages.WriteUInt32LittleEndianAsync(second + EntryOffset(offset), entry);
        }

        await _pages.WriteUInt32LittleEndianAsync(table + EntryOffset(offset), entry);
    }

    private async ValueTask<byte[]> ReadCompressedAsync(long host)
    {
        int capacity = (int)(GrainBytes * 2);
        byte[] stored = new byte[capacity + MarkerBytes];
        await _file.ReadAsync(host, stored);
        int start = 0;
        int length = capacity;
        if (_header.HasMarkers)
        {
            start = MarkerBytes;
            uint size = BinaryPrimitives.ReadUInt32LittleEndian(stored.AsSpan(8));
            length = size > 0 && size <= (uint)capacity ? (int)size : throw new BlockIOException(Errno.EINVAL);
        }

        byte[] grain = new byte[GrainBytes];
        await EventLoop.OffloadAsync(() => Decompress(stored, start, length, grain));
        return grain;
    }

    private static void Decompress(byte[] stored, int start, int length, byte[] grain)
    {
        try
        {
            using var stream = new ZLibStream(new MemoryStream(stored, start, length), CompressionMode.Decompress);
            stream.ReadAtLeast(grain, grain.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException e)
        {
            throw new BlockIOException(Errno.EINVAL, e);
        }
    }

    // A stream is written grain by grain, each once.
    private async ValueTask WriteCompressedAsync(long offset, ReadOnlyMemory<byte> part)
    {
        bool isWhole = offset % GrainBytes == 0 && (part.Length == GrainBytes || offset + part.Length == Length);
        if (!isWhole)
        {
            throw new BlockIOException(Errno.EINVAL);
        }

        byte[] compressed = await EventLoop.OffloadAsync(() => Compress(offset, part));
        using (await _allocation.EnterAsync())
        {
            if (await ReadEntryAsync(offset) != 0)
            {
                _file.Node.Graph.Context.Report(ReportKind.RequestFailure, "Could not write to allocated cluster for streamOptimized");
                throw new BlockIOException(Errno.EIO);
            }

            long place = TakePlace(compressed.Length);
            await _file.WriteAsync(place, compressed);
            await WriteEntryAsync(offset, (uint)(place / BlockNode.SectorSize));
        }
    }

    private byte[] Compress(long offset, ReadOnlyMemory<byte> part)
    {
        var output = new MemoryStream();
        if (_header.HasMarkers)
        {
            output.Write(new byte[MarkerBytes]);
        }

        byte[] grain = new byte[GrainBytes];
        part.CopyTo(grain);
        output.Write(ZlibFormat.Compress(grain));

        byte[] bytes = output.ToArray();
        if (_header.HasMarkers)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes, offset / BlockNode.SectorSize);
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), bytes.Length - MarkerBytes);
        }

        return bytes;
    }
}
