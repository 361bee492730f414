using System.Buffers;
using System.Buffers.Binary;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;

namespace QmpHost.Exports.Virtio;

/// <summary>Carries the requests of guests out on a node.</summary>
/// <remarks>Used on the host's loop only.</remarks>
/// <param name="backend">The export's place in the graph.</param>
/// <param name="isWritable">Whether guests may write.</param>
/// <param name="blockSize">At which multiples of bytes requests begin.</param>
/// <param name="report">Told of requests that make no sense.</param>
internal sealed class VirtioBlkHandler(BlockBackend backend, bool isWritable, int blockSize, Action<string> report)
{
    /// <summary>The most sectors that a guest may discard or make zero at a time.</summary>
    public const int MostZeroSectors = 32768;

    private const int SectorBits = 9;
    private const int SectorSize = 1 << SectorBits;
    private const int MostSectors = (int.MaxValue & ~(SectorSize - 1)) >> SectorBits;
    private const int HeaderSize = 16;
    private const int RangeSize = 16;
    private const int IdentifierSize = 20;
    private const int PieceSize = 4 * 1024 * 1024;
    private const long MostBuffered = 64 * 1024 * 1024;
    private const uint Barrier = 0x80000000;
    private const uint MayUnmap = 1;

    private readonly RequestBudget _budget = new(MostBuffered);

    /// <summary>Carries a request out, its status included.</summary>
    /// <param name="chain">The request.</param>
    /// <exception cref="VirtioException">The guest's memory is gone.</exception>
    /// <returns>How many bytes the guest is told were written; null for a request that is none, which gets no answer.</returns>
    public async Task<uint?> RunAsync(DescriptorChain chain)
    {
        if (chain.Readable.Count == 0 || chain.Writable.Count == 0)
        {
            report("virtio-blk request missing headers");
            return null;
        }

        var given = new GuestBuffer(chain.Readable);
        var wanted = new GuestBuffer(chain.Writable);
        if (given.Length < HeaderSize)
        {
            report("virtio-blk request outhdr too short");
            return null;
        }

        long room = wanted.Length - 1;
        VirtioBlkStatus status = await RunAsync(given, wanted, room);
        wanted.Write(room, [(byte)status]);
        return (uint)Math.Min(wanted.Length, uint.MaxValue);
    }

    private async ValueTask<VirtioBlkStatus> RunAsync(GuestBuffer given, GuestBuffer wanted, long room)
    {
        (VirtioBlkRequest type, ulong sector) = ReadHeader(given);
        try
        {
            switch (type)
            {
                case VirtioBlkRequest.In:
                    return await ReadAsync(sector, wanted, room);
                case VirtioBlkRequest.Out:
                    return await WriteAsync(sector, given, given.Length - HeaderSize);
                case VirtioBlkRequest.Flush:
                    await backend.FlushAsync();
                    return VirtioBlkStatus.Ok;
                case VirtioBlkRequest.GetId:
                    ReadOnlySpan<byte> identifier = "vhost_user_blk\0"u8;
                    wanted.Write(0, identifier[..(int)Math.Min(Math.Min(room, IdentifierSize), identifier.Length)]);
                    return VirtioBlkStatus.Ok;
                case VirtioBlkRequest.Discard or VirtioBlkRequest.WriteZeroes:
                    return await ClearAsync(given, given.Length - HeaderSize, isDiscard: type == VirtioBlkRequest.Discard);
                default:
                    return VirtioBlkStatus.Unsupported;
            }
        }
        catch (BlockIOException)
        {
            return VirtioBlkStatus.IOError;
        }
    }

    private static (VirtioBlkRequest Type, ulong Sector) ReadHeader(GuestBuffer given)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        given.Read(0, header);
        uint type = BinaryPrimitives.ReadUInt32LittleEndian(header) & ~Barrier;
        return ((VirtioBlkRequest)type, BinaryPrimitives.ReadUInt64LittleEndian(header[8..]));
    }

    private async ValueTask<VirtioBlkStatus> ReadAsync(ulong sector, GuestBuffer wanted, long bytes)
    {
        if (!IsWithinDisk(sector, bytes))
        {
            return VirtioBlkStatus.IOError;
        }

        await WithBufferAsync(bytes, async (offset, buffer) =>
        {
            await backend.ReadAsync(((long)sector << SectorBits) + offset, buffer);
            wanted.Write(offset, buffer.Span);
        });
        return VirtioBlkStatus.Ok;
    }

    private async ValueTask<VirtioBlkStatus> WriteAsync(ulong sector, GuestBuffer given, long bytes)
    {
        if (!isWritable || !IsWithinDisk(sector, bytes))
        {
            return VirtioBlkStatus.IOError;
        }

        await WithBufferAsync(bytes, (offset, buffer) =>
        {
            given.Read(HeaderSize + offset, buffer.Span);
            return backend.WriteAsync(((long)sector << SectorBits) + offset, buffer);
        });
        return VirtioBlkStatus.Ok;
    }

    private async ValueTask<VirtioBlkStatus> ClearAsync(GuestBuffer given, long bytes, bool isDiscard)
    {
        if (!isWritable)
        {
            return VirtioBlkStatus.IOError;
        }

        if (bytes < RangeSize)
        {
            report($"Invalid size {bytes}, expected {RangeSize}");
            return VirtioBlkStatus.IOError;
        }

        if (bytes > RangeSize)
        {
            return VirtioBlkStatus.Unsupported;
        }

        (ulong sector, uint count, uint flags) = ReadRange(given);
        if (count > MostZeroSectors || !IsWithinDisk(sector, (long)count << SectorBits))
        {
            return VirtioBlkStatus.IOError;
        }

        if ((flags & ~(isDiscard ? 0 : MayUnmap)) != 0)
        {
            return VirtioBlkStatus.Unsupported;
        }

        long start = (long)sector << SectorBits;
        long length = (long)count << SectorBits;
        RequestFlags options = (flags & MayUnmap) != 0 ? RequestFlags.MayUnmap : RequestFlags.None;
        await (isDiscard ? backend.DiscardAsync(start, length) : backend.WriteZeroesAsync(start, length, options));
        return VirtioBlkStatus.Ok;
    }

    private static (ulong Sector, uint Count, uint Flags) ReadRange(GuestBuffer given)
    {
        Span<byte> range = stackalloc byte[RangeSize];
        given.Read(HeaderSize, range);
        return (
            BinaryPrimitives.ReadUInt64LittleEndian(range),
            BinaryPrimitives.ReadUInt32LittleEndian(range[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(range[12..]));
    }

    private bool IsWithinDisk(ulong sector, long bytes)
    {
        ulong total = (ulong)(backend.Node.Length >> SectorBits);
        ulong count = (ulong)bytes >> SectorBits;
        return bytes % SectorSize == 0 && count <= MostSectors && sector <= total && count <= total - sector
            && ((long)sector << SectorBits) % blockSize == 0;
    }

    // In pieces: a request may be longer than the memory that it deserves.
    private async ValueTask WithBufferAsync(long bytes, Func<long, Memory<byte>, ValueTask> work)
    {
        int size = (int)Math.Min(bytes, PieceSize);
        await _budget.TakeAsync(size);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            for (long offset = 0; offset < bytes; offset += size)
            {
                await work(offset, buffer.AsMemory(0, (int)Math.Min(size, bytes - offset)));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            _budget.GiveBack(size);
        }
    }
}
