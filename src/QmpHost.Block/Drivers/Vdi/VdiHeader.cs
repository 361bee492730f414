using System.Buffers.Binary;
using System.Text;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi;

namespace QmpHost.Block.Drivers.Vdi;

/// <summary>The header of a VDI image, version 1.1.</summary>
internal sealed class VdiHeader
{
    /// <summary>Bytes of the header.</summary>
    public const int Size = 512;

    /// <summary>Bytes of a block: other sizes are possible, but nobody makes them.</summary>
    public const long BlockSize = 1 << 20;

    /// <summary>The entry of a block that has no place.</summary>
    public const uint Unallocated = 0xffffffff;

    /// <summary>The entry of a block that was given up.</summary>
    public const uint Discarded = 0xfffffffe;

    /// <summary>The longest disk in bytes.</summary>
    public const ulong MaxDiskSize = MaxBlocks * (ulong)BlockSize;

    /// <summary>Where in the file the number of allocated blocks stands.</summary>
    public const int AllocatedOffset = 388;

    public const uint DynamicType = 1;
    public const uint StaticType = 2;

    private const uint MaxBlocks = 0x1fffff80;
    private const uint Signature = 0xbeda107f;
    private const uint Version = 0x00010001;
    private const int UuidSize = 16;

    public uint Type { get; init; } = DynamicType;

    public uint MapOffset { get; init; }

    public uint DataOffset { get; init; }

    public ulong DiskSize { get; init; }

    public uint Blocks { get; init; }

    public uint AllocatedBlocks { get; set; }

    /// <summary>Whether the first bytes of a file are those of an image.</summary>
    public static bool Probe(ReadOnlySpan<byte> head)
        => head.Length >= 68 && BinaryPrimitives.ReadUInt32LittleEndian(head[64..]) == Signature;

    /// <summary>The header of a new image.</summary>
    public static VdiHeader Lay(ulong diskSize, bool isStatic)
    {
        uint blocks = (uint)((diskSize + BlockSize - 1) / BlockSize);
        return new VdiHeader
        {
            Type = isStatic ? StaticType : DynamicType,
            MapOffset = Size,
            DataOffset = (uint)(Size + Alignment.Up(blocks * (long)sizeof(uint), BlockNode.SectorSize)),
            DiskSize = diskSize,
            Blocks = blocks,
            AllocatedBlocks = isStatic ? blocks : 0,
        };
    }

    /// <summary>Reads and checks a header.</summary>
    /// <exception cref="QmpException">It is none, or one that cannot be used; in QEMU's words.</exception>
    public static VdiHeader Read(ReadOnlySpan<byte> bytes)
    {
        uint signature = U32(bytes, 64);
        uint version = U32(bytes, 68);
        uint mapOffset = U32(bytes, 340);
        uint dataOffset = U32(bytes, 344);
        uint sectorSize = U32(bytes, 360);
        ulong diskSize = BinaryPrimitives.ReadUInt64LittleEndian(bytes[368..]);
        uint blockSize = U32(bytes, 376);
        uint blocks = U32(bytes, 384);
        CheckDiskSize(diskSize);
        QmpException.ThrowIf(signature != Signature, $"Image not in VDI format (bad signature {signature:x8})");
        QmpException.ThrowIf(version != Version, $"unsupported VDI image (version {version >> 16}.{version & 0xffff})");
        QmpException.ThrowIf(mapOffset % BlockNode.SectorSize != 0, $"unsupported VDI image (unaligned block map offset 0x{mapOffset:x})");
        QmpException.ThrowIf(dataOffset % BlockNode.SectorSize != 0, $"unsupported VDI image (unaligned data offset 0x{dataOffset:x})");
        QmpException.ThrowIf(sectorSize != BlockNode.SectorSize, $"unsupported VDI image (sector size {sectorSize} is not 512)");
        QmpException.ThrowIf(blockSize != BlockSize, $"unsupported VDI image (block size {blockSize} is not {BlockSize})");
        ulong length = (diskSize + BlockNode.SectorSize - 1) / BlockNode.SectorSize * BlockNode.SectorSize;
        QmpException.ThrowIf(
            length > blocks * (ulong)BlockSize,
            $"unsupported VDI image (disk size {length}, image bitmap has room for {blocks * (ulong)BlockSize})");
        QmpException.ThrowIf(bytes.Slice(424, UuidSize).ContainsAnyExcept((byte)0), "unsupported VDI image (non-NULL link UUID)");
        QmpException.ThrowIf(bytes.Slice(440, UuidSize).ContainsAnyExcept((byte)0), "unsupported VDI image (non-NULL parent UUID)");
        QmpException.ThrowIf(blocks > MaxBlocks, $"unsupported VDI image (too many blocks {blocks}, max is {MaxBlocks})");
        return new VdiHeader
        {
            Type = U32(bytes, 76),
            MapOffset = mapOffset,
            DataOffset = dataOffset,
            DiskSize = length,
            Blocks = blocks,
            AllocatedBlocks = U32(bytes, AllocatedOffset),
        };
    }

    /// <summary>Refuses sizes that no image can have.</summary>
    public static void CheckDiskSize(ulong size)
        => QmpException.ThrowIf(size > MaxDiskSize, $"Unsupported VDI image size (size is 0x{size:x}, max supported is 0x{MaxDiskSize:x})");

    /// <summary>The header of a new image as bytes.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Size];
        Encoding.ASCII.GetBytes("<<< QEMU VM Virtual Disk Image >>>\n", bytes);
        Put(bytes, 64, Signature);
        Put(bytes, 68, Version);
        Put(bytes, 72, 0x180);
        Put(bytes, 76, Type);
        Put(bytes, 340, MapOffset);
        Put(bytes, 344, DataOffset);
        Put(bytes, 360, BlockNode.SectorSize);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(368), DiskSize);
        Put(bytes, 376, (uint)BlockSize);
        Put(bytes, 384, Blocks);
        Put(bytes, AllocatedOffset, AllocatedBlocks);
        Guid.NewGuid().TryWriteBytes(bytes.AsSpan(392));
        Guid.NewGuid().TryWriteBytes(bytes.AsSpan(408));
        return bytes;
    }


    private static uint U32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    private static void Put(byte[] bytes, int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(offset), value);
}
