using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Vhdx;

/// <summary>Makes VHDX images. The file says what it is last, when everything else is there.</summary>
internal static class VhdxCreator
{
    private const int PieceEntries = 64 << 10;
    // What lies between the metadata's begin and the first block, as QEMU leaves it.
    private const long MetadataRoom = 5 * VhdxFormat.Megabyte;
    private const string Creator = "QmpHost";

    public static async ValueTask CreateAsync(BlockGraph graph, BlockdevCreateOptionsVhdx options)
    {
        long size = CheckSize(options.Size);
        uint logSize = CheckLogSize(options.LogSize ?? (ulong)VhdxFormat.Megabyte);
        long blockSize = options.BlockSize is { } given ? CheckBlockSize(given) : ChooseBlockSize(size);
        bool isFixed = options.Subformat == BlockdevVhdxSubformat.Fixed;
        bool zeroState = options.BlockStateZero ?? true;
        await using ImageTarget target = await ImageTarget.OpenAsync(graph, options.File);

        var metadata = new VhdxMetadata(blockSize, size, isFixed);
        long tableOffset = VhdxFormat.Megabyte + logSize;
        long tableLength = Alignment.Up(Math.Max(1, VhdxFormat.Entries(size, blockSize) * sizeof(ulong)), VhdxFormat.Megabyte);
        var regions = new VhdxRegions(tableOffset, tableLength, tableOffset + tableLength, VhdxFormat.Megabyte);
        long dataOffset = regions.MetadataOffset + MetadataRoom;
        long end = isFixed ? dataOffset + size : dataOffset;
        if (target.Child.Node.Length < end)
        {
            await target.Child.TruncateAsync(end);
        }

        await WriteTableAsync(target, regions, metadata, dataOffset, zeroState);
        await target.WriteAsync(regions.MetadataOffset, metadata.ToBytes());
        await WriteHeadersAsync(target, regions, logSize);
    }

    private static long CheckSize(ulong size)
        => size <= (ulong)VhdxFormat.MaxDiskSize ? (long)size : throw new QmpException("Image size too large; max of 64TB");

    private static uint CheckLogSize(ulong size)
    {
        if (size >= 1UL << 32)
        {
            throw new QmpException("Log size must be smaller than 4 GB");
        }

        return size >= (ulong)VhdxFormat.Megabyte && size % (ulong)VhdxFormat.Megabyte == 0
            ? (uint)size
            : throw new QmpException("Log size must be a multiple of 1 MB");
    }

    private static long CheckBlockSize(ulong size)
    {
        string? fault = size < (ulong)VhdxFormat.Megabyte || size % (ulong)VhdxFormat.Megabyte != 0 ? "must be a multiple of 1 MB"
            : !BitOperations.IsPow2(size) ? "must be a power of two"
            : size > (ulong)VhdxFormat.MaxBlockSize ? $"must not exceed {VhdxFormat.MaxBlockSize}"
            : null;
        return fault is null ? (long)size : throw new QmpException($"Block size {fault}");
    }

    private static long ChooseBlockSize(long size) => VhdxFormat.Megabyte * size switch
    {
        > 32L << 40 => 64,
        > 100L << 30 => 32,
        > 1L << 30 => 16,
        _ => 8,
    };

    private static async ValueTask WriteTableAsync(
        ImageTarget target, VhdxRegions regions, VhdxMetadata metadata, long dataOffset, bool zeroState)
    {
        long entries = VhdxFormat.Entries(metadata.DiskSize, metadata.BlockSize);
        byte[] piece = new byte[PieceEntries * sizeof(ulong)];
        for (long start = 0; start < regions.TableLength; start += piece.Length)
        {
            for (int i = 0; i < PieceEntries; i++)
            {
                long entry = (start / sizeof(ulong)) + i;
                BinaryPrimitives.WriteInt64LittleEndian(
                    piece.AsSpan(i * sizeof(ulong)), entry < entries ? EntryValue(entry, metadata, dataOffset, zeroState) : 0);
            }

            await target.WriteAsync(regions.TableOffset + start, piece.AsMemory(0, (int)Math.Min(piece.Length, regions.TableLength - start)));
        }
    }

    private static long EntryValue(long entry, VhdxMetadata metadata, long dataOffset, bool zeroState)
    {
        long ratio = VhdxFormat.ChunkRatio(metadata.BlockSize);
        bool isBitmap = entry % (ratio + 1) == ratio;
        long block = entry - (entry / (ratio + 1));
        return isBitmap ? 0
            : zeroState ? VhdxFormat.ZeroState
            : metadata.IsFixed ? (dataOffset + (block * metadata.BlockSize)) | VhdxFormat.PresentState
            : 0;
    }

    private static async ValueTask WriteHeadersAsync(ImageTarget target, VhdxRegions regions, uint logSize)
    {
        byte[] table = regions.ToBytes();
        await target.WriteAsync(VhdxFormat.RegionOffset, table);
        await target.WriteAsync(VhdxFormat.SecondRegionOffset, table);
        var header = new VhdxHeader(1, Guid.NewGuid(), Guid.NewGuid(), Guid.Empty, 0, logSize, (ulong)VhdxFormat.Megabyte);
        await target.WriteAsync(VhdxHeader.FirstOffset, header.ToBytes());
        await target.WriteAsync(VhdxHeader.SecondOffset, (header with { Sequence = 2 }).ToBytes());
        byte[] identifier = new byte[VhdxFormat.TableSize];
        VhdxFormat.Magic.CopyTo(identifier);
        Encoding.Unicode.GetBytes(Creator, identifier.AsSpan(VhdxFormat.Magic.Length));
        await target.WriteAsync(0, identifier);
    }
}
