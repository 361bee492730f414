using System.Buffers.Binary;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Exports.Fuse;

/// <summary>Space of an exported file: allocating it, giving it up, and finding it.</summary>
/// <remarks>Used on the host's loop only.</remarks>
/// <param name="disk">What the file shows.</param>
internal sealed class FuseSpace(FuseDisk disk)
{
    private const uint KeepSize = 1;
    private const uint PunchHole = 2;
    private const uint ZeroRange = 16;
    private const uint SeekData = 3;
    private const uint SeekHole = 4;
    private const long LongestPiece = 1024L * 1024 * 1024;

    /// <summary>Allocates, zeroes or gives up.</summary>
    /// <param name="request">The request.</param>
    /// <returns>A task with the answer.</returns>
    public async ValueTask<FuseAnswer> AllocateAsync(FuseRequest request)
    {
        if (!disk.IsWritable)
        {
            return FuseAnswer.Failure(Errno.EACCES);
        }

        long offset = request.ReadInt64(8);
        long length = request.ReadInt64(16);
        switch (request.ReadUInt32(24))
        {
            case 0 when offset >= disk.Length:
                // What is there already cannot be allocated, only what is new.
                await disk.GrowAsync(offset);
                await disk.GrowAsync(offset + length, PreallocMode.Falloc);
                return FuseAnswer.Success();
            case PunchHole | KeepSize:
                await ClearAsync(offset, Cut(offset, length), disk.Backend.DiscardAsync);
                return FuseAnswer.Success();
            case ZeroRange:
                await disk.GrowAsync(offset + length);
                await ZeroAsync(offset, length);
                return FuseAnswer.Success();
            case ZeroRange | KeepSize:
                await ZeroAsync(offset, Cut(offset, length));
                return FuseAnswer.Success();
            default:
                return FuseAnswer.Failure(Errno.ENOTSUP);
        }
    }

    /// <summary>Finds the next data or hole.</summary>
    /// <param name="request">The request.</param>
    /// <returns>A task with the answer.</returns>
    public async ValueTask<FuseAnswer> SeekAsync(FuseRequest request)
    {
        long offset = request.ReadInt64(8);
        uint whence = request.ReadUInt32(16);
        if (whence is not (SeekData or SeekHole))
        {
            return FuseAnswer.Failure(Errno.EINVAL);
        }

        if (offset < 0 || offset >= disk.Length)
        {
            return FuseAnswer.Failure(Errno.ENXIO);
        }

        long found = await FindAsync(offset, wantsData: whence == SeekData);
        if (found < 0)
        {
            return FuseAnswer.Failure(Errno.ENXIO);
        }

        FuseAnswer answer = FuseAnswer.OfSize(sizeof(long));
        BinaryPrimitives.WriteInt64LittleEndian(answer.Data.Span, found);
        return answer;
    }

    private ValueTask ZeroAsync(long offset, long length)
        => ClearAsync(offset, length, (start, bytes) => disk.Backend.WriteZeroesAsync(start, bytes));

    private long Cut(long offset, long length) => offset > disk.Length ? throw new BlockIOException(Errno.EIO) : Math.Min(length, disk.Length - offset);

    private static async ValueTask ClearAsync(long offset, long length, Func<long, long, ValueTask> clear)
    {
        for (long end = offset + length; offset < end; offset += LongestPiece)
        {
            await clear(offset, Math.Min(end - offset, LongestPiece));
        }
    }

    // The end of the disk is a hole, but no data.
    private async ValueTask<long> FindAsync(long offset, bool wantsData)
    {
        while (offset < disk.Length)
        {
            BlockStatus status = await disk.Backend.GetBlockStatusAsync(wantZero: true, offset, disk.Length - offset);
            if ((status.Flags & BlockStatusFlags.Data) != 0 == wantsData)
            {
                return offset;
            }

            if (status.Bytes <= 0)
            {
                break;
            }

            offset += status.Bytes;
        }

        return wantsData ? -1 : disk.Length;
    }
}
