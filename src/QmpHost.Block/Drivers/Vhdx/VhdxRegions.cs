using System.Buffers.Binary;
using QmpHost.Block.Core;

namespace QmpHost.Block.Drivers.Vhdx;

/// <summary>Where the parts of an image lie.</summary>
/// <param name="TableOffset">The block allocation table, in bytes.</param>
/// <param name="TableLength">Its length in bytes.</param>
/// <param name="MetadataOffset">The metadata, in bytes.</param>
/// <param name="MetadataLength">Their length in bytes.</param>
internal sealed record VhdxRegions(long TableOffset, long TableLength, long MetadataOffset, long MetadataLength)
{
    private const int MaxRegions = 2047;
    private const int HeaderSize = 16;
    private const int EntrySize = 32;

    private static ReadOnlySpan<byte> Magic => "regi"u8;

    /// <summary>Reads and checks a table of regions.</summary>
    /// <exception cref="BlockIOException">EINVAL: it is damaged; ENOTSUP: there is a region that one must know.</exception>
    public static VhdxRegions Read(ReadOnlySpan<byte> bytes)
    {
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        if (!bytes.StartsWith(Magic) || !VhdxChecksum.IsSound(bytes) || count > MaxRegions)
        {
            throw new BlockIOException(Errno.EINVAL);
        }

        (long Offset, long Length)? table = null;
        (long Offset, long Length)? metadata = null;
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> entry = bytes.Slice(HeaderSize + (i * EntrySize), EntrySize);
            var kind = new Guid(entry[..16]);
            ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(entry[16..]);
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(entry[24..]);
            bool isRequired = (BinaryPrimitives.ReadUInt32LittleEndian(entry[28..]) & 1) != 0;
            bool isKnown = kind == VhdxFormat.TableRegion || kind == VhdxFormat.MetadataRegion;
            if (!isKnown)
            {
                CheckOptional(isRequired);
                continue;
            }

            if (offset < VhdxFormat.Megabyte || offset > long.MaxValue / 2 || offset % VhdxFormat.Megabyte != 0)
            {
                throw new BlockIOException(Errno.EINVAL);
            }

            if (kind == VhdxFormat.TableRegion)
            {
                table = ((long)offset, length);
            }
            else
            {
                metadata = ((long)offset, length);
            }
        }

        return table is { } first && metadata is { } second && first.Length > 0 && !Overlap(first, second)
            ? new VhdxRegions(first.Offset, first.Length, second.Offset, second.Length)
            : throw new BlockIOException(Errno.EINVAL);
    }

    /// <summary>The table as bytes.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[VhdxFormat.TableSize];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), 2);
        Put(bytes.AsSpan(HeaderSize), VhdxFormat.TableRegion, TableOffset, TableLength);
        Put(bytes.AsSpan(HeaderSize + EntrySize), VhdxFormat.MetadataRegion, MetadataOffset, MetadataLength);
        VhdxChecksum.Enter(bytes);
        return bytes;
    }

    private static void CheckOptional(bool isRequired)
    {
        if (isRequired)
        {
            throw new BlockIOException(Errno.ENOTSUP);
        }
    }

    private static bool Overlap((long Offset, long Length) first, (long Offset, long Length) second)
        => first.Offset < second.Offset + second.Length && second.Offset < first.Offset + first.Length;

    private static void Put(Span<byte> entry, Guid kind, long offset, long length)
    {
        kind.TryWriteBytes(entry);
        BinaryPrimitives.WriteInt64LittleEndian(entry[16..], offset);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[24..], (uint)length);
    }
}
