using System.Buffers.Binary;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;

namespace QmpHost.Block.Drivers.Qcow2.Format;

/// <summary>Reads the extensions behind a header.</summary>
internal sealed class HeaderExtensionParser(int version, HeaderTables tables)
{
    private const int EnvelopeSize = 8;
    private const int MaxBackingFormatLength = 16;
    private const int EncryptionSize = 16;
    private const uint LuksMethod = 2;

    private readonly List<UnknownExtension> _unknown = [];

    public string? BackingFormat { get; private set; }

    public string? DataFile { get; private set; }

    public BitmapsExtension? Bitmaps { get; private set; }

    /// <summary>Whether there are bitmaps that do not belong to the data any more.</summary>
    public bool HasStaleBitmaps { get; private set; }

    public EncryptionExtension? Encryption { get; private set; }

    /// <summary>Newest first: rewriting a header turns their order around, as QEMU does.</summary>
    public IReadOnlyList<UnknownExtension> Unknown => _unknown;

    /// <summary>Reads all extensions.</summary>
    /// <param name="area">From the end of the header to the backing file name or the end of the cluster.</param>
    public void Parse(ReadOnlySpan<byte> area)
    {
        while (TryTake(ref area, out uint type, out ReadOnlySpan<byte> data))
        {
            Store(type, data);
        }
    }

    /// <summary>Looks for the feature name table alone; the header may be one that cannot be understood otherwise.</summary>
    public static IReadOnlyList<FeatureName> FindFeatureNames(ReadOnlySpan<byte> area)
    {
        IReadOnlyList<FeatureName> names = [];
        try
        {
            while (TryTake(ref area, out uint type, out ReadOnlySpan<byte> data))
            {
                if (type == (uint)HeaderExtensionType.FeatureNames)
                {
                    names = FeatureName.Parse(data);
                }
            }
        }
        catch (QmpException)
        {
            // The image is refused for its features; that its extensions are broken as well is not worth a word.
        }

        return names;
    }

    private static bool TryTake(ref ReadOnlySpan<byte> area, out uint type, out ReadOnlySpan<byte> data)
    {
        data = default;
        type = 0;
        if (area.IsEmpty)
        {
            return false;
        }

        uint length = area.Length < EnvelopeSize ? uint.MaxValue : BinaryPrimitives.ReadUInt32BigEndian(area[4..]);
        if (length > area.Length - EnvelopeSize)
        {
            throw new QmpException("Header extension too large");
        }

        type = BinaryPrimitives.ReadUInt32BigEndian(area);
        data = area.Slice(EnvelopeSize, (int)length);
        area = area[Math.Min(area.Length, EnvelopeSize + (((int)length + 7) & ~7))..];
        return type != (uint)HeaderExtensionType.End;
    }

    private void Store(uint type, ReadOnlySpan<byte> data)
    {
        switch ((HeaderExtensionType)type)
        {
            case HeaderExtensionType.BackingFormat:
                BackingFormat = ParseBackingFormat(data);
                break;
            case HeaderExtensionType.FeatureNames:
                break;
            case HeaderExtensionType.Encryption:
                Encryption = ParseEncryption(data);
                break;
            case HeaderExtensionType.Bitmaps:
                Bitmaps = ParseBitmaps(data);
                break;
            case HeaderExtensionType.DataFile:
                DataFile = ModifiedUtf8.GetTerminatedString(data);
                break;
            default:
                _unknown.Insert(0, new UnknownExtension(type, data.ToArray()));
                break;
        }
    }

    private static string ParseBackingFormat(ReadOnlySpan<byte> data)
    {
        if (data.Length >= MaxBackingFormatLength)
        {
            throw new QmpException($"ERROR: ext_backing_format: len={data.Length} too large (>={MaxBackingFormatLength})");
        }

        return ModifiedUtf8.GetTerminatedString(data);
    }

    private EncryptionExtension ParseEncryption(ReadOnlySpan<byte> data)
    {
        if (tables.CryptMethod != LuksMethod)
        {
            throw new QmpException("CRYPTO header extension only expected with LUKS encryption method");
        }

        if (data.Length != EncryptionSize)
        {
            throw new QmpException($"CRYPTO header extension size {data.Length}, but expected size {EncryptionSize}");
        }

        ulong offset = BinaryPrimitives.ReadUInt64BigEndian(data);
        if (offset % (ulong)tables.Geometry.ClusterSize != 0)
        {
            throw new QmpException(
                $"Encryption header offset '{offset}' is not a multiple of cluster size '{tables.Geometry.ClusterSize}'");
        }

        return new EncryptionExtension(offset, BinaryPrimitives.ReadUInt64BigEndian(data[8..]));
    }

    private BitmapsExtension? ParseBitmaps(ReadOnlySpan<byte> data)
    {
        if (data.Length != BitmapsExtension.Size)
        {
            throw new QmpException("bitmaps_ext: Invalid extension length");
        }

        // A program without knowledge of bitmaps wrote to the image: they are not of this data any more.
        if (version < 3 || (tables.Autoclear & AutoclearFeatures.Bitmaps) == 0)
        {
            HasStaleBitmaps = true;
            return null;
        }

        uint count = BinaryPrimitives.ReadUInt32BigEndian(data);
        ulong size = BinaryPrimitives.ReadUInt64BigEndian(data[8..]);
        ulong offset = BinaryPrimitives.ReadUInt64BigEndian(data[16..]);
        if (BinaryPrimitives.ReadUInt32BigEndian(data[4..]) != 0)
        {
            throw new QmpException("bitmaps_ext: Reserved field is not zero");
        }

        if (count > BitmapsExtension.MaxCount)
        {
            throw new QmpException(
                $"bitmaps_ext: Image has {count} bitmaps, exceeding the QEMU supported maximum of {BitmapsExtension.MaxCount}");
        }

        if (count == 0)
        {
            throw new QmpException("found bitmaps extension with zero bitmaps");
        }

        if (offset > long.MaxValue || !tables.Geometry.IsAligned((long)offset))
        {
            throw new QmpException("bitmaps_ext: invalid bitmap directory offset");
        }

        if (size > BitmapsExtension.MaxDirectorySize)
        {
            throw new QmpException(
                $"bitmaps_ext: bitmap directory size ({size}) exceeds the maximum supported size ({BitmapsExtension.MaxDirectorySize})");
        }

        return new BitmapsExtension((int)count, (long)size, (long)offset);
    }
}
