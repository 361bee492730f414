using System.Buffers.Binary;
using System.Numerics;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi;

namespace QmpHost.Block.Drivers.Vpc;

/// <summary>The header of a growing VHD image: where its table of blocks lies.</summary>
/// <param name="TableOffset">Where the table lies, in bytes.</param>
/// <param name="Entries">How many entries it has.</param>
/// <param name="BlockSize">Bytes of a block.</param>
internal sealed record VhdDynamicHeader(long TableOffset, int Entries, long BlockSize)
{
    /// <summary>Bytes of the header.</summary>
    public const int Size = 1024;

    /// <summary>Bytes of a block of new images.</summary>
    public const int StandardBlockSize = 2 << 20;

    private const int ChecksumOffset = 36;
    private const int BitsPerByte = 8;

    /// <summary>Bytes of a block's bitmap, which lies before its data.</summary>
    public long BitmapSize => Alignment.Up(Math.Max(1, BlockSize / VhdDriver.SectorSize / BitsPerByte), VhdDriver.SectorSize);

    private static ReadOnlySpan<byte> Magic => "cxsparse"u8;

    /// <summary>Reads and checks a header.</summary>
    /// <param name="bytes">The header.</param>
    /// <param name="sectors">The disk's length in sectors.</param>
    /// <exception cref="QmpException">It is none, or one that cannot be used; in QEMU's words.</exception>
    public static VhdDynamicHeader Read(ReadOnlySpan<byte> bytes, ulong sectors)
    {
        if (!bytes.StartsWith(Magic))
        {
            throw new QmpException("Invalid header magic");
        }

        uint blockSize = BinaryPrimitives.ReadUInt32BigEndian(bytes[32..]);
        if (!BitOperations.IsPow2(blockSize) || blockSize < VhdDriver.SectorSize || blockSize > int.MaxValue)
        {
            throw new QmpException($"Invalid block size {blockSize}");
        }

        int entries = BinaryPrimitives.ReadInt32BigEndian(bytes[28..]);
        if ((uint)entries > int.MaxValue / sizeof(uint))
        {
            throw new QmpException($"Max Table Entries too large ({entries})");
        }

        if ((ulong)entries * (blockSize / VhdDriver.SectorSize) < sectors)
        {
            throw new QmpException("Page table too small");
        }

        ulong tableOffset = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        return tableOffset <= long.MaxValue / 2
            ? new VhdDynamicHeader((long)tableOffset, entries, blockSize)
            : throw new QmpException("Error reading pagetable");
    }

    /// <summary>The header as bytes.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Size];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(8), ulong.MaxValue);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(16), TableOffset);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(24), 0x00010000);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(28), Entries);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(32), (uint)BlockSize);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(ChecksumOffset), VhdFooter.Checksum(bytes, ChecksumOffset));
        return bytes;
    }
}
