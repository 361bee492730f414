using System.Buffers.Binary;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi;

namespace QmpHost.Block.Drivers.Vmdk;

/// <summary>The header of a sparse extent.</summary>
internal sealed record VmdkSparseHeader
{
    /// <summary>Bytes of the header.</summary>
    public const int Size = 512;

    /// <summary>Grains that one table has at most.</summary>
    public const int MaxTableEntries = 512;

    // Directories are kept in memory: this is enough for disks of any size that makes sense.
    private const long MaxDirectoryEntries = 32 << 20;

    private const uint ZeroGrainFlag = 1 << 2;
    private const uint CompressedFlag = 1 << 16;
    private const uint MarkerFlag = 1 << 17;
    private const uint NewlineCheckFlag = 1;
    private const uint RedundantFlag = 2;
    private const ulong AtEnd = ulong.MaxValue;
    private const ushort Deflate = 1;
    private const int StandardGrainSectors = 128;
    private const int DescriptorSectors = 20;
    private const ulong MaxGrainSectors = 0x200000;

    /// <summary>The first bytes of an extent.</summary>
    public static ReadOnlySpan<byte> Magic => "KDMV"u8;

    public uint Version { get; init; } = 1;

    public uint Flags { get; init; }

    /// <summary>Length of the extent's part of the disk, in sectors.</summary>
    public ulong Capacity { get; init; }

    /// <summary>Sectors of a grain, the unit of allocation.</summary>
    public ulong GrainSectors { get; init; }

    public ulong DescriptorSector { get; init; }

    public ulong DescriptorLength { get; init; }

    /// <summary>Grains of one table.</summary>
    public uint TableEntries { get; init; }

    /// <summary>Where the second copy of the directory lies, in sectors.</summary>
    public ulong RedundantDirectory { get; init; }

    /// <summary>Where the directory lies, in sectors.</summary>
    public ulong Directory { get; init; }

    /// <summary>Where the first grain can lie, in sectors.</summary>
    public ulong FirstGrain { get; init; }

    public bool IsCompressed { get; init; }

    public bool HasZeroGrains => (Flags & ZeroGrainFlag) != 0;

    public bool HasMarkers => (Flags & MarkerFlag) != 0;

    public bool HasRedundantDirectory => (Flags & RedundantFlag) != 0;

    /// <summary>Whether the real header stands at the end of the file, since it was written as a stream.</summary>
    public bool IsAtEnd => Directory == AtEnd;

    public long GrainBytes => (long)GrainSectors * BlockNode.SectorSize;

    /// <summary>Bytes of the disk that one table covers.</summary>
    public long TableCoverage => GrainBytes * TableEntries;

    /// <summary>Entries of the directory.</summary>
    public long DirectoryEntries => ((long)Capacity + (long)(GrainSectors * TableEntries) - 1) / (long)(GrainSectors * TableEntries);

    /// <summary>Lays a new extent out.</summary>
    /// <param name="bytes">Its part of the disk.</param>
    /// <param name="isCompressed">Whether grains are compressed.</param>
    /// <param name="hasZeroGrains">Whether grains can be marked as zero.</param>
    public static VmdkSparseHeader Lay(long bytes, bool isCompressed, bool hasZeroGrains)
    {
        var header = new VmdkSparseHeader
        {
            Version = isCompressed ? 3u : hasZeroGrains ? 2u : 1u,
            Flags = NewlineCheckFlag | RedundantFlag | (isCompressed ? CompressedFlag | MarkerFlag : 0) | (hasZeroGrains ? ZeroGrainFlag : 0),
            Capacity = (ulong)(bytes / BlockNode.SectorSize),
            GrainSectors = StandardGrainSectors,
            DescriptorSector = 1,
            DescriptorLength = DescriptorSectors,
            TableEntries = MaxTableEntries,
            IsCompressed = isCompressed,
        };
        if (header.DirectoryEntries > MaxDirectoryEntries)
        {
            throw new QmpException("L1 size too big");
        }

        ulong area = header.DirectorySectors + header.TablesSectors;
        ulong redundant = header.DescriptorSector + header.DescriptorLength;
        return header with
        {
            RedundantDirectory = redundant,
            Directory = redundant + area,
            FirstGrain = (ulong)Alignment.Up((long)(redundant + (2 * area)), StandardGrainSectors),
        };
    }

    /// <summary>Sectors of the directory.</summary>
    public ulong DirectorySectors => (ulong)((DirectoryEntries * sizeof(uint)) + BlockNode.SectorSize - 1) / BlockNode.SectorSize;

    /// <summary>Sectors of one table.</summary>
    public ulong TableSectors => ((TableEntries * sizeof(uint)) + BlockNode.SectorSize - 1) / BlockNode.SectorSize;

    private ulong TablesSectors => TableSectors * (ulong)DirectoryEntries;

    /// <summary>Reads the fields, unchecked.</summary>
    public static VmdkSparseHeader Read(ReadOnlySpan<byte> bytes) => new()
    {
        Version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]),
        Flags = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]),
        Capacity = BinaryPrimitives.ReadUInt64LittleEndian(bytes[12..]),
        GrainSectors = BinaryPrimitives.ReadUInt64LittleEndian(bytes[20..]),
        DescriptorSector = BinaryPrimitives.ReadUInt64LittleEndian(bytes[28..]),
        DescriptorLength = BinaryPrimitives.ReadUInt64LittleEndian(bytes[36..]),
        TableEntries = BinaryPrimitives.ReadUInt32LittleEndian(bytes[44..]),
        RedundantDirectory = BinaryPrimitives.ReadUInt64LittleEndian(bytes[48..]),
        Directory = BinaryPrimitives.ReadUInt64LittleEndian(bytes[56..]),
        FirstGrain = BinaryPrimitives.ReadUInt64LittleEndian(bytes[64..]),
        IsCompressed = BinaryPrimitives.ReadUInt16LittleEndian(bytes[77..]) == Deflate,
    };

    /// <summary>Refuses what cannot be used, in QEMU's words.</summary>
    /// <param name="readOnly">Whether the extent is only read.</param>
    /// <param name="fileLength">Bytes of its file.</param>
    /// <exception cref="QmpException">It cannot be used.</exception>
    public void Check(bool readOnly, long fileLength)
    {
        if (Version > 3)
        {
            throw new QmpException($"Unsupported VMDK version {Version}");
        }

        if (Version == 3 && !readOnly && !IsCompressed)
        {
            throw new QmpException("VMDK version 3 must be read only");
        }

        if (TableEntries > MaxTableEntries)
        {
            throw new QmpException("L2 table size too big");
        }

        if (GrainSectors == 0 || TableEntries == 0 || unchecked((uint)(GrainSectors * TableEntries)) == 0)
        {
            throw new QmpException("L1 entry size is invalid");
        }

        if (GrainSectors > MaxGrainSectors)
        {
            throw new QmpException("Invalid granularity, image may be corrupt");
        }

        if (fileLength < (long)Math.Min(FirstGrain, long.MaxValue / BlockNode.SectorSize) * BlockNode.SectorSize)
        {
            throw new QmpException(
                $"File truncated, expecting at least {(long)Math.Min(FirstGrain, long.MaxValue / BlockNode.SectorSize) * BlockNode.SectorSize} bytes");
        }

        if (Capacity > (ulong)BlockNode.MaxLength / BlockNode.SectorSize)
        {
            throw new QmpException($"Could not refresh total sector count: {Errno.EFBIG.Describe()}");
        }

        if (DirectoryEntries > MaxDirectoryEntries)
        {
            throw new QmpException("L1 size too big");
        }
    }

    /// <summary>The header as bytes.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Size];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), Version);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), Flags);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(12), Capacity);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(20), GrainSectors);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(28), DescriptorSector);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(36), DescriptorLength);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(44), TableEntries);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(48), RedundantDirectory);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(56), Directory);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(64), FirstGrain);

        // Transfers that change line ends change these bytes too.
        "\n \r\n"u8.CopyTo(bytes.AsSpan(73));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(77), IsCompressed ? Deflate : (ushort)0);
        return bytes;
    }
}
