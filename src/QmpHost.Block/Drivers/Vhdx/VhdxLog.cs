using System.Buffers.Binary;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi;

namespace QmpHost.Block.Drivers.Vhdx;

/// <summary>Carries out what the log of an image says: changes that were announced, and may have been cut short.</summary>
internal sealed class VhdxLog
{
    private const int SectorSize = 4096;
    private const int HeaderSize = 64;
    private const int DescriptorSize = 32;
    private const uint MaxLength = 256 << 20;

    private readonly BlockChild _file;
    private readonly VhdxHeader _header;
    private readonly byte[] _log;

    private VhdxLog(BlockChild file, VhdxHeader header, byte[] log)
    {
        _file = file;
        _header = header;
        _log = log;
    }

    /// <summary>Replays the log, if it holds anything.</summary>
    /// <param name="file">The image file.</param>
    /// <param name="headers">Its headers; afterwards they know that the log is empty.</param>
    /// <param name="readOnly">Whether the file cannot be written to.</param>
    /// <param name="name">The image's name.</param>
    /// <exception cref="QmpException">It holds something, and the file cannot be written to.</exception>
    public static async ValueTask ReplayAsync(BlockChild file, VhdxHeaders headers, bool readOnly, string name)
    {
        VhdxHeader header = headers.Current;
        if (header.Log == Guid.Empty || header.LogLength == 0)
        {
            return;
        }

        if (header.LogLength % SectorSize != 0 || header.LogLength > MaxLength)
        {
            throw new BlockIOException(Errno.EINVAL);
        }

        byte[] bytes = new byte[Math.Min(header.LogLength, Math.Max(0, file.Node.Length - (long)header.LogOffset))];
        await file.ReadAsync((long)header.LogOffset, bytes);
        Array.Resize(ref bytes, (int)header.LogLength);
        var log = new VhdxLog(file, header, bytes);
        if (log.FindSequence() is not { Count: > 0 } entries)
        {
            return;
        }

        if (readOnly)
        {
            throw new QmpException($"VHDX image file '{name}' opened read-only, but contains a log that needs to be replayed");
        }

        foreach (Entry entry in entries)
        {
            await log.ApplyAsync(entry);
        }

        await file.FlushAsync();
        await headers.ClearLogAsync();
    }

    // The sequence with the greatest number, of entries that follow one another from the tail that the last one names.
    private List<Entry>? FindSequence()
    {
        List<Entry>? best = null;
        for (uint start = 0; start < _header.LogLength; start += SectorSize)
        {
            List<Entry> sequence = ReadSequence(start);
            bool isComplete = sequence.Count > 0 && sequence.Exists(entry => entry.Offset == sequence[^1].Tail);
            if (isComplete && (best is null || sequence[^1].Sequence > best[^1].Sequence))
            {
                best = sequence.SkipWhile(entry => entry.Offset != sequence[^1].Tail).ToList();
            }
        }

        return best;
    }

    private List<Entry> ReadSequence(uint start)
    {
        var entries = new List<Entry>();
        uint offset = start;
        ulong total = 0;
        while (ReadEntry(offset) is { } entry && (entries.Count == 0 || entry.Sequence == entries[^1].Sequence + 1))
        {
            total += entry.Length;
            if (total > _header.LogLength)
            {
                break;
            }

            entries.Add(entry);
            offset = (uint)((offset + (ulong)entry.Length) % _header.LogLength);
        }

        return entries;
    }

    private Entry? ReadEntry(uint offset)
    {
        ReadOnlySpan<byte> head = _log.AsSpan((int)offset, HeaderSize);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(head[8..]);
        uint tail = BinaryPrimitives.ReadUInt32LittleEndian(head[12..]);
        ulong sequence = BinaryPrimitives.ReadUInt64LittleEndian(head[16..]);
        uint descriptors = BinaryPrimitives.ReadUInt32LittleEndian(head[24..]);
        bool isPlausible = head.StartsWith("loge"u8) && length > 0 && length % SectorSize == 0 && length <= _header.LogLength
            && tail % SectorSize == 0 && sequence != 0 && new Guid(head.Slice(32, 16)) == _header.Log
            && ((ulong)descriptors * DescriptorSize) + HeaderSize <= length;
        if (!isPlausible)
        {
            return null;
        }

        byte[] bytes = Copy(offset, length);
        return VhdxChecksum.IsSound(bytes) && AreSound(bytes, (int)descriptors, sequence)
            ? new Entry(offset, length, tail, sequence, (int)descriptors, bytes)
            : null;
    }

    // Entries go on at the beginning of the log when they reach its end.
    private byte[] Copy(uint offset, uint length)
    {
        byte[] bytes = new byte[length];
        int first = (int)Math.Min(length, _header.LogLength - offset);
        _log.AsSpan((int)offset, first).CopyTo(bytes);
        _log.AsSpan(0, (int)length - first).CopyTo(bytes.AsSpan(first));
        return bytes;
    }

    private static int DescriptorSectors(int descriptors)
        => (int)Alignment.Up(HeaderSize + ((long)descriptors * DescriptorSize), SectorSize) / SectorSize;

    private static bool AreSound(byte[] bytes, int descriptors, ulong sequence)
    {
        int data = DescriptorSectors(descriptors) * SectorSize;
        for (int i = 0; i < descriptors; i++)
        {
            ReadOnlySpan<byte> descriptor = bytes.AsSpan(HeaderSize + (i * DescriptorSize), DescriptorSize);
            bool isData = descriptor.StartsWith("desc"u8);
            if ((!isData && !descriptor.StartsWith("zero"u8)) || BinaryPrimitives.ReadUInt64LittleEndian(descriptor[24..]) != sequence)
            {
                return false;
            }

            if (isData && !IsDataSound(bytes, ref data, sequence))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsDataSound(byte[] bytes, ref int data, ulong sequence)
    {
        if (data + SectorSize > bytes.Length)
        {
            return false;
        }

        ReadOnlySpan<byte> sector = bytes.AsSpan(data, SectorSize);
        data += SectorSize;
        return sector.StartsWith("data"u8) && BinaryPrimitives.ReadUInt32LittleEndian(sector[4..]) == (uint)(sequence >> 32)
            && BinaryPrimitives.ReadUInt32LittleEndian(sector[^4..]) == (uint)sequence;
    }

    private async ValueTask ApplyAsync(Entry entry)
    {
        long fileLength = (long)Math.Min(BinaryPrimitives.ReadUInt64LittleEndian(entry.Bytes.AsSpan(56)), (ulong)BlockNode.MaxLength);
        if (_file.Node.Length < fileLength && fileLength % VhdxFormat.Megabyte == 0)
        {
            await TruncateAsync(fileLength);
        }

        int data = DescriptorSectors(entry.Descriptors) * SectorSize;
        for (int i = 0; i < entry.Descriptors; i++)
        {
            ReadOnlyMemory<byte> descriptor = entry.Bytes.AsMemory(HeaderSize + (i * DescriptorSize), DescriptorSize);
            ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(descriptor.Span[16..]);
            if (offset % SectorSize != 0 || offset > (ulong)BlockNode.MaxLength)
            {
                throw new BlockIOException(Errno.EINVAL);
            }

            if (descriptor.Span.StartsWith("zero"u8))
            {
                ulong zeroes = BinaryPrimitives.ReadUInt64LittleEndian(descriptor.Span[8..]);
                long bytes = (long)Math.Min(zeroes, (ulong)Math.Max(0, _file.Node.Length - (long)offset));
                await _file.WriteZeroesAsync((long)offset, bytes);
                continue;
            }

            // The sector's signature and number took the place of its first and last bytes, which the descriptor keeps.
            byte[] sector = entry.Bytes.AsSpan(data, SectorSize).ToArray();
            descriptor.Span.Slice(8, sizeof(ulong)).CopyTo(sector);
            descriptor.Span.Slice(4, sizeof(uint)).CopyTo(sector.AsSpan(SectorSize - sizeof(uint)));
            await _file.WriteAsync((long)offset, sector);
            data += SectorSize;
        }
    }

    private async ValueTask TruncateAsync(long length)
    {
        try
        {
            await _file.TruncateAsync(length);
        }
        catch (QmpException e)
        {
            throw new BlockIOException(Errno.EIO, e);
        }
    }

    private sealed record Entry(uint Offset, uint Length, uint Tail, ulong Sequence, int Descriptors, byte[] Bytes);
}
