using System.Buffers.Binary;
using System.Numerics;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Loop;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Blklogwrites;

/// <summary>
/// The log in the public dm-log-writes format: a super block in the first sector, then for each entry a sector that describes it
/// and the sectors of its data. Used on the event loop.
/// </summary>
internal sealed class WriteLog
{
    private const ulong Magic = 0x6a736677736872;
    private const ulong Version = 1;
    private const int EntryLength = 32;
    private const int DefaultSectorSize = 512;
    private const uint MaxSectorSize = 1 << 23;
    private const ulong DefaultInterval = 4096;

    private readonly BlockChild _child;
    private readonly ulong _interval;
    private readonly AsyncLock _superLock = new();
    private ulong _entries;
    private long _nextSector = 1;

    private WriteLog(BlockChild child, int sectorSize, ulong interval)
    {
        _child = child;
        SectorSize = sectorSize;
        _interval = interval;
    }

    /// <summary>Bytes of a sector of the log, and the unit of what is logged.</summary>
    public int SectorSize { get; }

    /// <summary>Begins a log, or goes on with one.</summary>
    /// <exception cref="QmpException">The options make no sense, or the log cannot be read.</exception>
    public static async ValueTask<WriteLog> OpenAsync(BlockChild child, BlockdevOptionsBlklogwrites options)
    {
        bool append = options.LogAppend ?? false;
        if (append && options.LogSectorSize is not null)
        {
            throw new QmpException("log-append and log-sector-size are mutually exclusive");
        }

        uint sectorSize = options.LogSectorSize ?? DefaultSectorSize;
        ulong entries = 0;
        if (append && child.Node.Length > 0)
        {
            (sectorSize, entries) = await ReadSuperAsync(child);
        }

        if (!BitOperations.IsPow2(sectorSize) || sectorSize >= MaxSectorSize)
        {
            throw new QmpException($"Invalid log sector size {sectorSize}");
        }

        ulong interval = options.LogSuperUpdateInterval ?? DefaultInterval;
        if (interval == 0)
        {
            throw new QmpException("Invalid log superblock update interval 0");
        }

        var log = new WriteLog(child, (int)sectorSize, interval);
        await log.FindEndAsync(entries);
        return log;
    }

    /// <summary>Logs a write with its data.</summary>
    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> data, WriteLogFlags flags)
    {
        byte[] entry = new byte[SectorSize + data.Length];
        data.CopyTo(entry.AsMemory(SectorSize));
        return AddAsync(entry, Take(1 + (data.Length / SectorSize)), offset, data.Length, flags);
    }

    /// <summary>Logs a write of zeroes; the log has them as data.</summary>
    public async ValueTask WriteZeroesAsync(long offset, long bytes, WriteLogFlags flags)
    {
        long sector = Take(1 + (bytes / SectorSize));
        await _child.WriteZeroesAsync((sector + 1) * SectorSize, bytes);
        await AddAsync(new byte[SectorSize], sector, offset, bytes, flags);
    }

    /// <summary>Logs what has no data.</summary>
    public ValueTask NoteAsync(long offset, long bytes, WriteLogFlags flags) => AddAsync(new byte[SectorSize], Take(1), offset, bytes, flags);

    /// <summary>Writes the super block, and makes the log stable.</summary>
    public async ValueTask FinishAsync()
    {
        await WriteSuperAsync();
        await _child.FlushAsync();
    }

    private static async ValueTask<(uint SectorSize, ulong Entries)> ReadSuperAsync(BlockChild child)
    {
        byte[] super = new byte[28];
        try
        {
            await child.ReadAsync(0, super);
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"Could not read log superblock: {e.Errno.Describe()}", e);
        }

        if (BinaryPrimitives.ReadUInt64LittleEndian(super) != Magic)
        {
            throw new QmpException("Invalid log superblock magic");
        }

        ulong version = BinaryPrimitives.ReadUInt64LittleEndian(super.AsSpan(8));
        return version == Version
            ? (BinaryPrimitives.ReadUInt32LittleEndian(super.AsSpan(24)), BinaryPrimitives.ReadUInt64LittleEndian(super.AsSpan(16)))
            : throw new QmpException($"Unsupported log version {version}");
    }

    // The length of the log is not written down: entry by entry leads to its end.
    private async ValueTask FindEndAsync(ulong entries)
    {
        byte[] entry = new byte[EntryLength];
        for (; _entries < entries; _entries++)
        {
            try
            {
                await _child.ReadAsync(_nextSector * SectorSize, entry);
            }
            catch (BlockIOException e)
            {
                throw new QmpException($"Failed to read log entry {_entries}: {e.Errno.Describe()}", e);
            }

            var flags = (WriteLogFlags)BinaryPrimitives.ReadUInt64LittleEndian(entry.AsSpan(16));
            ulong sectors = BinaryPrimitives.ReadUInt64LittleEndian(entry.AsSpan(8));
            if (sectors > (ulong)(BlockNode.MaxLength / SectorSize) || flags > (WriteLogFlags)31)
            {
                throw new QmpException($"Invalid log entry {_entries}");
            }

            _nextSector += 1 + ((flags & WriteLogFlags.Discard) == 0 ? (long)sectors : 0);
        }
    }

    private long Take(long sectors)
    {
        long sector = _nextSector;
        _nextSector += sectors;
        _entries++;
        return sector;
    }

    private async ValueTask AddAsync(byte[] entry, long sector, long offset, long bytes, WriteLogFlags flags)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(entry, (ulong)(offset / SectorSize));
        BinaryPrimitives.WriteUInt64LittleEndian(entry.AsSpan(8), (ulong)(bytes / SectorSize));
        BinaryPrimitives.WriteUInt64LittleEndian(entry.AsSpan(16), (ulong)flags);
        await _child.WriteAsync(sector * SectorSize, entry);
        if ((flags & WriteLogFlags.Flush) == 0 && _entries % _interval == 0)
        {
            await WriteSuperAsync();
        }
    }

    private async ValueTask WriteSuperAsync()
    {
        using (await _superLock.EnterAsync())
        {
            byte[] super = new byte[SectorSize];
            WriteSuper(super);
            await _child.WriteAsync(0, super);
        }
    }

    private void WriteSuper(byte[] super)
    {
        Span<byte> fields = stackalloc byte[28];
        BinaryPrimitives.WriteUInt64LittleEndian(fields, Magic);
        BinaryPrimitives.WriteUInt64LittleEndian(fields[8..], Version);
        BinaryPrimitives.WriteUInt64LittleEndian(fields[16..], _entries);
        BinaryPrimitives.WriteUInt32LittleEndian(fields[24..], (uint)SectorSize);

        // A sector may be shorter than the fields; QEMU allows that, and nobody can read it.
        fields[..Math.Min(fields.Length, super.Length)].CopyTo(super);
    }
}
