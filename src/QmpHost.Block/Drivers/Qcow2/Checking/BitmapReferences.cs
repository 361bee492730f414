using System.Buffers.Binary;

namespace QmpHost.Block.Drivers.Qcow2.Checking;

/// <summary>Visits what the bitmaps extension refers to.</summary>
internal static class BitmapReferences
{
    private const int EntryHeaderSize = 24;
    private const int MaxTableEntries = 0x8000000;
    private const ulong TableOffsetMask = 0x00ff_ffff_ffff_fe00;

    public static async ValueTask CountAsync(Qcow2Image image, Action<long, long> count, CheckReport report)
    {
        if (image.Header.Bitmaps is not { } extension)
        {
            return;
        }

        count(extension.DirectoryOffset, extension.DirectorySize);
        byte[] directory = new byte[extension.DirectorySize];
        await image.File.ReadAsync(extension.DirectoryOffset, directory);
        for (int position = 0; position + EntryHeaderSize <= directory.Length;)
        {
            ReadOnlySpan<byte> entry = directory.AsSpan(position);
            long tableOffset = BinaryPrimitives.ReadInt64BigEndian(entry);
            uint tableEntries = BinaryPrimitives.ReadUInt32BigEndian(entry[8..]);
            long size = EntryHeaderSize + BinaryPrimitives.ReadUInt16BigEndian(entry[18..]) + (long)BinaryPrimitives.ReadUInt32BigEndian(entry[20..]);
            position = (int)Math.Min(directory.Length, position + ((size + 7) & ~7L));
            await CountTableAsync(image, tableOffset, tableEntries, count, report);
        }
    }

    private static async ValueTask CountTableAsync(Qcow2Image image, long offset, uint entries, Action<long, long> count, CheckReport report)
    {
        if (offset < 0 || !image.Geometry.IsAligned(offset) || entries > MaxTableEntries)
        {
            report.AddCorruption($"ERROR bitmap table at {offset:x} is unaligned or too large");
            return;
        }

        count(offset, (long)entries * sizeof(ulong));
        var table = new Metadata.OffsetTable { Offset = offset, Length = (int)entries };
        await table.LoadAsync(image.File);
        for (int i = 0; i < table.UsedLength; i++)
        {
            long data = (long)(table[i] & TableOffsetMask);
            if (!image.Geometry.IsAligned(data))
            {
                report.AddCorruption($"ERROR bitmap data at {data:x} is unaligned");
            }
            else if (data != 0)
            {
                count(data, image.Geometry.ClusterSize);
            }
        }
    }
}
