using System.Buffers.Binary;

namespace QmpHost.IoTests.Faults;

/// <summary>Changes a qcow2 image: fields of the header, extensions, tables, names, and the length of the file.</summary>
internal sealed class ImageMutator(Random random)
{
    private const int HeaderLength = 112;

    // Offset and size of each field of the header.
    private static readonly (int Offset, int Size)[] Fields =
    [
        (0, 4), (4, 4), (8, 8), (16, 4), (20, 4), (24, 8), (24, 8), (24, 8), (32, 4), (36, 4), (36, 4), (40, 8), (40, 8), (48, 8), (48, 8), (56, 4),
        (56, 4), (60, 4), (60, 4), (64, 8), (64, 8), (72, 8), (72, 8), (80, 8), (88, 8), (88, 8), (96, 4), (96, 4), (100, 4), (100, 4), (104, 1), (105, 1),
    ];

    private static readonly uint[] ExtensionTypes = [0, 0xe2792aca, 0x6803f857, 0x23852875, 0x0537be77, 0x44415441, 0x12345678];

    /// <summary>Changes an image once.</summary>
    /// <param name="image">The file.</param>
    /// <returns>The changed file and what was changed, in words.</returns>
    public (byte[] Image, string Change) Mutate(byte[] image) => random.Next(20) switch
    {
        < 8 => MutateField(image),
        < 13 => MutateExtension(image),
        < 18 => MutateTable(image),
        18 => Cut(image),
        _ => FlipName(image),
    };

    private (byte[] Image, string Change) MutateField(byte[] image)
    {
        (int offset, int size) = Fields[random.Next(Fields.Length)];
        Span<byte> field = image.AsSpan(offset, size);
        ulong value = Interesting(Read(field), image.Length);
        Write(field, value);
        return (image, $"header field at {offset} = {Show(field)}");
    }

    private (byte[] Image, string Change) MutateExtension(byte[] image)
    {
        List<int> places = FindExtensions(image);
        if (places.Count == 0 || random.Next(4) == 0)
        {
            return InsertExtension(image);
        }

        int place = places[random.Next(places.Count)];
        int length = (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(image.AsSpan(place + 4)), (uint)Math.Max(0, image.Length - place - 8));
        switch (random.Next(3))
        {
            case 0:
                BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(place), ExtensionTypes[random.Next(ExtensionTypes.Length)]);
                return (image, $"type of extension at {place}");
            case 1:
                Span<byte> field = image.AsSpan(place + 4, 4);
                Write(field, Interesting(Read(field), image.Length));
                return (image, $"length of extension at {place} = {Show(field)}");
            default:
                return MutateBytes(image, place + 8, length, $"extension at {place}");
        }
    }

    private (byte[] Image, string Change) InsertExtension(byte[] image)
    {
        int place = HeaderEnd(image);
        byte[] data = new byte[random.Next(5) == 0 ? 0 : random.Next(1, 40)];
        random.NextBytes(data);
        if (random.Next(2) == 0)
        {
            "qcow2\0other\xc3"u8[..Math.Min(12, data.Length)].CopyTo(data);
        }

        byte[] extension = new byte[8 + ((data.Length + 7) & ~7)];
        uint type = ExtensionTypes[random.Next(1, ExtensionTypes.Length)];
        BinaryPrimitives.WriteUInt32BigEndian(extension, type);
        BinaryPrimitives.WriteInt32BigEndian(extension.AsSpan(4), data.Length);
        data.CopyTo(extension, 8);
        int end = Math.Min(1 << Math.Clamp(BinaryPrimitives.ReadInt32BigEndian(image.AsSpan(20)), 9, 16), image.Length);
        if (place + extension.Length > end)
        {
            return MutateField(image);
        }

        image.AsSpan(place, end - place - extension.Length).CopyTo(image.AsSpan(place + extension.Length));
        extension.CopyTo(image, place);
        return (image, $"new extension {type:x} of {data.Length} bytes");
    }

    private (byte[] Image, string Change) MutateTable(byte[] image)
    {
        (string name, long offset, long length) = random.Next(7) switch
        {
            0 => ("L1", Offset(40), Read(image.AsSpan(36, 4)) is var entries ? (long)entries * 8 : 0),
            1 => ("L2", Follow(Offset(40)), 512),
            2 => ("refcount table", Offset(48), 64L),
            3 => ("refcount block", Follow(Offset(48)), 512),
            4 => ("snapshots", Offset(64), 120),
            5 => ("bitmaps", Bitmaps(), 96),
            _ => ("anything", 0L, image.Length),
        };
        if (offset <= 0 && name != "anything")
        {
            return MutateField(image);
        }

        return MutateBytes(image, offset, length, name);

        long Offset(int field) => (long)Read(image.AsSpan(field, 8));

        long Follow(long table) => table >= 0 && table + 8 <= image.Length ? (long)(Read(image.AsSpan((int)table, 8)) & 0x00ff_ffff_ffff_fe00) : 0;

        long Bitmaps()
        {
            int place = FindExtensions(image).Find(p => BinaryPrimitives.ReadUInt32BigEndian(image.AsSpan(p)) == 0x23852875);
            return place == 0 ? 0 : (long)Read(image.AsSpan(place + 24, 8));
        }
    }

    private (byte[] Image, string Change) MutateBytes(byte[] image, long offset, long length, string name)
    {
        length = Math.Min(length, image.Length - offset);
        if (offset < 0 || length < 1)
        {
            return MutateField(image);
        }

        if (length < 8 || random.Next(3) == 0)
        {
            long at = offset + random.NextInt64(length);
            image[at] = (byte)random.Next(256);
            return (image, $"{name}: byte at {at} = {image[at]:x2}");
        }

        int size = random.Next(3) == 0 ? 4 : 8;
        long place = offset + (random.NextInt64(length / size) * size);
        Span<byte> field = image.AsSpan((int)place, size);
        Write(field, Interesting(Read(field), image.Length));
        return (image, $"{name}: at {place} = {Show(field)}");
    }

    private (byte[] Image, string Change) Cut(byte[] image)
    {
        int length = random.Next(3) switch
        {
            0 => random.Next(image.Length),
            1 => random.Next(image.Length) & ~511,
            _ => image.Length + random.Next(1, 2000),
        };
        Array.Resize(ref image, length);
        return (image, $"file of {length} bytes");
    }

    private (byte[] Image, string Change) FlipName(byte[] image)
    {
        int place = (int)Math.Min(Read(image.AsSpan(8, 8)), (ulong)image.Length);
        int length = (int)Math.Min(Read(image.AsSpan(16, 4)), (ulong)(image.Length - place));
        if (place == 0 || length == 0)
        {
            return MutateExtension(image);
        }

        byte[] values = [0, 0xff, 0xc0, 0x80, (byte)':', (byte)'/', (byte)'\n', (byte)'"'];
        int at = place + random.Next(length);
        image[at] = values[random.Next(values.Length)];
        return (image, $"backing file name: byte at {at} = {image[at]:x2}");
    }

    private ulong Interesting(ulong old, long fileLength) => random.Next(14) switch
    {
        0 => 0,
        1 => old + 1,
        2 => old - 1,
        3 => old ^ (1UL << random.Next(64)),
        4 => old ^ (1UL << random.Next(10)),
        5 => 1UL << random.Next(64),
        6 => ulong.MaxValue >> random.Next(64),
        7 => (ulong)random.Next(64),
        8 => (ulong)fileLength + (ulong)random.Next(-512, 512),
        9 => ((ulong)fileLength + (ulong)random.Next(0, 4096)) & ~511UL,
        10 => (ulong)random.NextInt64(),
        11 => old + (ulong)random.Next(1, 512),
        12 => old * 2,
        _ => (ulong)random.Next(200) << 9,
    };

    private static List<int> FindExtensions(byte[] image)
    {
        var places = new List<int>();
        int place = HeaderEnd(image);
        while (place + 8 <= Math.Min(image.Length, 4096) && places.Count < 10)
        {
            uint type = BinaryPrimitives.ReadUInt32BigEndian(image.AsSpan(place));
            uint length = BinaryPrimitives.ReadUInt32BigEndian(image.AsSpan(place + 4));
            if (type == 0 || length > 4096)
            {
                break;
            }

            places.Add(place);
            place += 8 + (((int)length + 7) & ~7);
        }

        return places;
    }

    private static int HeaderEnd(byte[] image) => Read(image.AsSpan(4, 4)) < 3 ? 72 : (int)Math.Clamp(Read(image.AsSpan(100, 4)), 104, HeaderLength);

    private static ulong Read(ReadOnlySpan<byte> field)
    {
        ulong value = 0;
        foreach (byte part in field)
        {
            value = (value << 8) | part;
        }

        return value;
    }

    private static void Write(Span<byte> field, ulong value)
    {
        for (int i = field.Length - 1; i >= 0; i--, value >>= 8)
        {
            field[i] = (byte)value;
        }
    }

    private static string Show(ReadOnlySpan<byte> field) => Convert.ToHexStringLower(field);
}
