using System.Buffers.Binary;
using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Vdi;

/// <summary>Makes VDI images.</summary>
internal static class VdiCreator
{
    private const int PieceEntries = 256 << 10;

    public static async ValueTask CreateAsync(BlockGraph graph, BlockdevCreateOptionsVdi options)
    {
        bool isStatic = options.Preallocation switch
        {
            null or PreallocMode.Off => false,
            PreallocMode.Metadata => true,
            _ => throw new QmpException("Preallocation mode not supported for vdi"),
        };
        VdiHeader.CheckDiskSize(options.Size);
        await using ImageTarget target = await ImageTarget.OpenAsync(graph, options.File);
        await WriteAsync(target, VdiHeader.Lay(options.Size, isStatic));
    }

    private static async ValueTask WriteAsync(ImageTarget target, VdiHeader header)
    {
        await target.WriteAsync(0, header.ToBytes(), "Error writing header");
        bool isStatic = header.Type == VdiHeader.StaticType;
        long end = header.DataOffset - header.MapOffset;
        byte[] piece = new byte[Math.Min(PieceEntries * sizeof(uint), end)];
        for (long start = 0; start < end; start += piece.Length)
        {
            int length = (int)Math.Min(piece.Length, end - start);
            Fill(piece.AsSpan(0, length), start / sizeof(uint), header.Blocks, isStatic);
            await target.WriteAsync(header.MapOffset + start, piece.AsMemory(0, length), "Error writing bmap");
        }

        if (isStatic)
        {
            long size = header.DataOffset + (header.Blocks * VdiHeader.BlockSize);
            if (target.Child.Node.Length < size)
            {
                await TruncateAsync(target, size);
            }
        }
    }

    private static async ValueTask TruncateAsync(ImageTarget target, long size)
    {
        try
        {
            await target.Child.TruncateAsync(size);
        }
        catch (QmpException e)
        {
            throw new QmpException($"Failed to statically allocate file: {e.Message}");
        }
    }

    // Behind the last block there is nothing up to the end of the sector.
    private static void Fill(Span<byte> piece, long first, uint blocks, bool isStatic)
    {
        for (int i = 0; i < piece.Length; i += sizeof(uint))
        {
            long block = first + (i / sizeof(uint));
            uint entry = block >= blocks ? 0 : isStatic ? (uint)block : VdiHeader.Unallocated;
            BinaryPrimitives.WriteUInt32LittleEndian(piece[i..], entry);
        }
    }
}
