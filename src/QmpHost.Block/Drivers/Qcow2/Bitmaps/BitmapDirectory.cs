using System.Buffers.Binary;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;

namespace QmpHost.Block.Drivers.Qcow2.Bitmaps;

/// <summary>Reads and writes the bitmap directory.</summary>
internal static class BitmapDirectory
{
    /// <summary>Bytes of an entry before its name.</summary>
    public const int EntryHeaderSize = 24;

    private const int FlagsOffset = 12;
    private const byte DirtyTracking = 1;

    /// <summary>Parses a directory.</summary>
    /// <param name="directory">Its bytes.</param>
    /// <param name="count">How many entries the header announces.</param>
    /// <param name="geometry">The image's geometry.</param>
    /// <exception cref="QmpException">It contradicts itself or the header, or describes bitmaps that cannot be used.</exception>
    public static List<StoredBitmap> Parse(ReadOnlySpan<byte> directory, int count, Qcow2Geometry geometry)
    {
        var bitmaps = new List<StoredBitmap>();
        while (!directory.IsEmpty)
        {
            int size = directory.Length < EntryHeaderSize ? int.MaxValue : EntrySize(directory);
            if (directory.Length < EntryHeaderSize)
            {
                throw Broken();
            }

            if (bitmaps.Count == count)
            {
                throw new QmpException("More bitmaps found than specified in header extension");
            }

            if (size > directory.Length)
            {
                throw Broken();
            }

            bitmaps.Add(ParseEntry(directory[..size], geometry));
            directory = directory[size..];
        }

        return bitmaps.Count == count
            ? bitmaps
            : throw new QmpException("Less bitmaps found than specified in header extension");
    }

    /// <summary>Writes a directory.</summary>
    public static byte[] ToBytes(IEnumerable<StoredBitmap> bitmaps)
    {
        var directory = new List<byte>();
        foreach (StoredBitmap bitmap in bitmaps)
        {
            byte[] name = ModifiedUtf8.GetBytes(bitmap.Name);
            byte[] entry = new byte[RoundUp(EntryHeaderSize + name.Length)];
            BinaryPrimitives.WriteInt64BigEndian(entry, bitmap.TableOffset);
            BinaryPrimitives.WriteInt32BigEndian(entry.AsSpan(8), bitmap.TableEntries);
            BinaryPrimitives.WriteUInt32BigEndian(entry.AsSpan(FlagsOffset), (uint)bitmap.Flags);
            entry[16] = DirtyTracking;
            entry[17] = (byte)bitmap.GranularityBits;
            BinaryPrimitives.WriteUInt16BigEndian(entry.AsSpan(18), (ushort)name.Length);
            name.CopyTo(entry, EntryHeaderSize);
            directory.AddRange(entry);
        }

        return [.. directory];
    }

    /// <summary>Bytes of the entry of a bitmap of that name.</summary>
    public static int SizeOf(string name) => RoundUp(EntryHeaderSize + ModifiedUtf8.GetByteCount(name));

    private static int EntrySize(ReadOnlySpan<byte> entry)
    {
        long size = EntryHeaderSize + BinaryPrimitives.ReadUInt16BigEndian(entry[18..]) + (long)BinaryPrimitives.ReadUInt32BigEndian(entry[20..]);
        return size > BitmapsExtension.MaxDirectorySize ? int.MaxValue : RoundUp((int)size);
    }

    private static StoredBitmap ParseEntry(ReadOnlySpan<byte> entry, Qcow2Geometry geometry)
    {
        if (BinaryPrimitives.ReadUInt32BigEndian(entry[20..]) != 0)
        {
            throw new QmpException("Bitmap extra data is not supported");
        }

        int nameLength = BinaryPrimitives.ReadUInt16BigEndian(entry[18..]);
        string name = ModifiedUtf8.GetTerminatedString(entry.Slice(EntryHeaderSize, nameLength));
        ulong tableOffset = BinaryPrimitives.ReadUInt64BigEndian(entry);
        uint tableEntries = BinaryPrimitives.ReadUInt32BigEndian(entry[8..]);
        uint flags = BinaryPrimitives.ReadUInt32BigEndian(entry[FlagsOffset..]);
        byte granularityBits = entry[17];
        bool valid = nameLength <= StoredBitmap.MaxNameLength
            && tableEntries is > 0 and <= StoredBitmap.MaxTableEntries
            && (long)tableEntries << geometry.ClusterBits <= StoredBitmap.MaxPhysicalSize
            && tableOffset is > 0 and <= long.MaxValue && geometry.IsAligned((long)tableOffset)
            && granularityBits is >= StoredBitmap.MinGranularityBits and <= StoredBitmap.MaxGranularityBits
            && (flags & ~(uint)StoredBitmapFlags.Known) == 0
            && entry[16] == DirtyTracking;
        return valid
            ? new StoredBitmap(name, granularityBits, (StoredBitmapFlags)flags, (long)tableOffset, (int)tableEntries)
            : throw new QmpException($"Bitmap '{name}' doesn't satisfy the constraints");
    }

    private static int RoundUp(int size) => (size + 7) & ~7;

    private static QmpException Broken() => new("Broken bitmap directory");
}
