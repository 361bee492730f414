using System.Buffers.Binary;

namespace QmpHost.Block.Drivers.Vpc;

/// <summary>The footer of a VHD image, of which a growing one has a copy at its beginning.</summary>
internal sealed class VhdFooter
{
    /// <summary>Bytes of the footer.</summary>
    public const int Size = 512;

    public const uint FixedType = 2;
    public const uint DynamicType = 3;

    private const int ChecksumOffset = 64;
    private const int CreatorOffset = 28;

    // Programs that give the size in bytes its due; what others wrote there is not what a guest saw.
    private static readonly string[] SizeKeepers = ["win ", "qem2", "d2v ", "tap\0", "CTXS"];

    private VhdFooter(byte[] bytes) => Bytes = bytes;

    /// <summary>The first bytes of a footer.</summary>
    public static ReadOnlySpan<byte> Magic => "conectix"u8;

    /// <summary>The footer as it lies in the file.</summary>
    public byte[] Bytes { get; }

    /// <summary>Whether the image has its full size at once.</summary>
    public bool IsFixed => BinaryPrimitives.ReadUInt32BigEndian(Bytes.AsSpan(60)) == FixedType;

    /// <summary>Where the header of a growing image lies, in bytes.</summary>
    public ulong HeaderOffset => BinaryPrimitives.ReadUInt64BigEndian(Bytes.AsSpan(16));

    /// <summary>Whether the checksum is right.</summary>
    public bool IsSound => Checksum(Bytes, ChecksumOffset) == BinaryPrimitives.ReadUInt32BigEndian(Bytes.AsSpan(ChecksumOffset));

    /// <summary>Length of the disk in sectors.</summary>
    public ulong Sectors
    {
        get
        {
            var geometry = new VhdGeometry(BinaryPrimitives.ReadUInt16BigEndian(Bytes.AsSpan(56)), Bytes[58], Bytes[59]);
            bool keepsSize = SizeKeepers.Any(keeper => Bytes.AsSpan(CreatorOffset, 4).SequenceEqual(System.Text.Encoding.ASCII.GetBytes(keeper)));
            return keepsSize || geometry.Sectors == VhdGeometry.Largest.Sectors
                ? BinaryPrimitives.ReadUInt64BigEndian(Bytes.AsSpan(48)) / VhdDriver.SectorSize
                : (ulong)geometry.Sectors;
        }
    }

    /// <summary>Takes a footer from a file.</summary>
    /// <returns>The footer, or null if there is none.</returns>
    public static VhdFooter? Read(byte[] bytes) => bytes.AsSpan().StartsWith(Magic) ? new VhdFooter(bytes) : null;

    /// <summary>The footer of a new image.</summary>
    /// <param name="bytes">Length of the disk.</param>
    /// <param name="geometry">Its geometry.</param>
    /// <param name="isFixed">Whether it has its full size at once.</param>
    /// <param name="keepsSize">Whether the length counts more than the geometry.</param>
    /// <param name="time">When it is made.</param>
    public static VhdFooter Lay(long bytes, VhdGeometry geometry, bool isFixed, bool keepsSize, DateTimeOffset time)
    {
        byte[] footer = new byte[Size];
        Magic.CopyTo(footer);
        BinaryPrimitives.WriteUInt32BigEndian(footer.AsSpan(8), 2);
        BinaryPrimitives.WriteUInt32BigEndian(footer.AsSpan(12), 0x00010000);
        BinaryPrimitives.WriteUInt64BigEndian(footer.AsSpan(16), isFixed ? ulong.MaxValue : Size);
        BinaryPrimitives.WriteUInt32BigEndian(footer.AsSpan(24), (uint)(time - new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero)).TotalSeconds);
        (keepsSize ? "qem2"u8 : "qemu"u8).CopyTo(footer.AsSpan(CreatorOffset));
        BinaryPrimitives.WriteUInt16BigEndian(footer.AsSpan(32), 5);
        BinaryPrimitives.WriteUInt16BigEndian(footer.AsSpan(34), 3);
        "Wi2k"u8.CopyTo(footer.AsSpan(36));
        BinaryPrimitives.WriteInt64BigEndian(footer.AsSpan(40), bytes);
        BinaryPrimitives.WriteInt64BigEndian(footer.AsSpan(48), bytes);
        BinaryPrimitives.WriteUInt16BigEndian(footer.AsSpan(56), geometry.Cylinders);
        footer[58] = geometry.Heads;
        footer[59] = geometry.SectorsPerTrack;
        BinaryPrimitives.WriteUInt32BigEndian(footer.AsSpan(60), isFixed ? FixedType : DynamicType);
        Guid.NewGuid().TryWriteBytes(footer.AsSpan(68));
        BinaryPrimitives.WriteUInt32BigEndian(footer.AsSpan(ChecksumOffset), Checksum(footer, ChecksumOffset));
        return new VhdFooter(footer);
    }

    /// <summary>The checksum of a structure: the complement of the sum of all its bytes but those of the checksum.</summary>
    public static uint Checksum(ReadOnlySpan<byte> bytes, int checksumOffset)
    {
        uint sum = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            if (i < checksumOffset || i >= checksumOffset + sizeof(uint))
            {
                sum += bytes[i];
            }
        }

        return ~sum;
    }
}
