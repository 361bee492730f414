using System.Buffers.Binary;
using System.Numerics;
using QmpHost.Block.Core;

namespace QmpHost.Block.Drivers.Vhdx;

/// <summary>What the metadata say of the disk.</summary>
/// <param name="BlockSize">Bytes of a block.</param>
/// <param name="DiskSize">Length of the disk in bytes.</param>
/// <param name="IsFixed">Whether blocks stay allocated.</param>
internal sealed record VhdxMetadata(long BlockSize, long DiskSize, bool IsFixed)
{
    /// <summary>Bytes of all metadata: their table, and behind it the values.</summary>
    public const int Size = VhdxFormat.TableSize + ValuesSize;

    private const int ValuesSize = 64;
    private const int EntrySize = 32;
    private const int MaxEntries = 2047;
    private const uint HasParentFlag = 2;
    private const uint LeaveAllocatedFlag = 1;

    private static readonly Guid FileParameters = new("caa16737-fa36-4d43-b3b6-33f0aa44e76b");
    private static readonly Guid DiskSizeItem = new("2fa54224-cd1b-4876-b211-5dbed83bf4b8");
    private static readonly Guid DiskIdentity = new("beca12ab-b2e6-4523-93ef-c309e000c746");
    private static readonly Guid LogicalSectorSize = new("8141bf1d-a96f-4709-ba47-f233a8faab5f");
    private static readonly Guid PhysicalSectorSize = new("cda348c7-445d-4471-9cc9-e9885251c556");

    // The item, its length, and whether it belongs to the disk; all must be known by whoever opens the image.
    private static readonly (Guid Item, int Length, uint Flags)[] Layout =
    [
        (FileParameters, 8, 4), (DiskSizeItem, 8, 6), (DiskIdentity, 16, 6), (LogicalSectorSize, 4, 6), (PhysicalSectorSize, 4, 6),
    ];

    private static ReadOnlySpan<byte> Magic => "metadata"u8;

    /// <summary>Finds the items in a table of metadata.</summary>
    /// <param name="table">The table.</param>
    /// <returns>Where each item's value lies behind the region's beginning, in bytes, in the order file parameters, size, sector size.</returns>
    /// <exception cref="BlockIOException">EINVAL: it is damaged; ENOTSUP: an item is missing, or one must be known that is not.</exception>
    public static uint[] FindItems(ReadOnlySpan<byte> table)
    {
        int count = BinaryPrimitives.ReadUInt16LittleEndian(table[10..]);
        if (!table.StartsWith(Magic) || count > MaxEntries)
        {
            throw new BlockIOException(Errno.EINVAL);
        }

        var found = new Dictionary<Guid, uint>();
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> entry = table.Slice(EntrySize * (i + 1), EntrySize);
            var item = new Guid(entry[..16]);
            bool isRequired = (BinaryPrimitives.ReadUInt32LittleEndian(entry[24..]) & 4) != 0;
            bool isKnown = Array.Exists(Layout, known => known.Item == item);
            if (!isKnown && isRequired)
            {
                throw new BlockIOException(Errno.ENOTSUP);
            }

            if (isKnown)
            {
                found[item] = BinaryPrimitives.ReadUInt32LittleEndian(entry[16..]);
            }
        }

        return Array.TrueForAll(Layout, known => found.ContainsKey(known.Item))
            ? [found[FileParameters], found[DiskSizeItem], found[LogicalSectorSize]]
            : throw new BlockIOException(Errno.ENOTSUP);
    }

    /// <summary>Checks the values of the items.</summary>
    /// <exception cref="BlockIOException">EINVAL: they make no sense; ENOTSUP: sectors have another size.</exception>
    public static VhdxMetadata Read(uint blockSize, uint flags, ulong diskSize, uint sectorSize)
    {
        if (sectorSize != VhdxFormat.SectorSize)
        {
            throw new BlockIOException(Errno.ENOTSUP);
        }

        // A disk that differs from a parent's is another format in all but name.
        bool isSound = (flags & HasParentFlag) == 0 && blockSize is >= (uint)VhdxFormat.Megabyte and <= (uint)VhdxFormat.MaxBlockSize
            && BitOperations.IsPow2(blockSize) && diskSize is >= 1 and <= (ulong)VhdxFormat.MaxDiskSize;
        return isSound
            ? new VhdxMetadata(blockSize, (long)diskSize, (flags & LeaveAllocatedFlag) != 0)
            : throw new BlockIOException(Errno.EINVAL);
    }

    /// <summary>Table and values as bytes.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Size];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(10), (ushort)Layout.Length);
        int position = VhdxFormat.TableSize;
        for (int i = 0; i < Layout.Length; i++)
        {
            Span<byte> entry = bytes.AsSpan(EntrySize * (i + 1), EntrySize);
            Layout[i].Item.TryWriteBytes(entry);
            BinaryPrimitives.WriteInt32LittleEndian(entry[16..], position);
            BinaryPrimitives.WriteInt32LittleEndian(entry[20..], Layout[i].Length);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[24..], Layout[i].Flags);
            position += Layout[i].Length;
        }

        Span<byte> values = bytes.AsSpan(VhdxFormat.TableSize);
        BinaryPrimitives.WriteUInt32LittleEndian(values, (uint)BlockSize);
        BinaryPrimitives.WriteUInt32LittleEndian(values[4..], IsFixed ? LeaveAllocatedFlag : 0);
        BinaryPrimitives.WriteInt64LittleEndian(values[8..], DiskSize);
        Guid.NewGuid().TryWriteBytes(values[16..]);
        BinaryPrimitives.WriteInt32LittleEndian(values[32..], VhdxFormat.SectorSize);
        BinaryPrimitives.WriteInt32LittleEndian(values[36..], VhdxFormat.SectorSize);
        return bytes;
    }
}
