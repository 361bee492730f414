using QmpHost.Block.Drivers.Qcow2.Bitmaps;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Qcow2;

/// <summary>Describes an open image for listings.</summary>
internal static class Qcow2Info
{
    public static BlockDriverInfo Describe(Qcow2Image image) => new()
    {
        ClusterSize = image.Geometry.ClusterSize,
        SubclusterSize = image.Geometry.SubclusterSize,
        VmStateOffset = image.SnapshotStore.VmStateOffset,
        IsEncrypted = image.Encryption is not null,
        IsDirty = image.Header.Has(IncompatibleFeatures.Dirty),
        Snapshots = image.Snapshots.Count == 0 || image.ExternalDataFile is not null ? null : [.. image.Snapshots.Select(static snapshot => snapshot.Describe())],
        FormatSpecific = new ImageInfoSpecific.Qcow2
        {
            Data = DescribeFormat(image),
        },
    };

    private static ImageInfoSpecificQCow2 DescribeFormat(Qcow2Image image)
    {
        Qcow2Header header = image.Header;
        var common = new ImageInfoSpecificQCow2
        {
            Compat = header.Version < 3 ? "0.10" : "1.1",
            RefcountBits = image.Geometry.RefcountBits,
            Encrypt = image.Encryption?.Describe(),
            CompressionType = header.Compression == CompressionMethod.Zstd ? Qcow2CompressionType.Zstd : Qcow2CompressionType.Zlib,
        };
        return header.Version < 3 ? common : common with
        {
            LazyRefcounts = (header.Compatible & CompatibleFeatures.LazyRefcounts) != 0,
            Corrupt = header.Has(IncompatibleFeatures.Corrupt),
            DataFile = header.DataFile,
            DataFileRaw = image.ExternalDataFile is null ? null : image.IsDataFileRaw,
            ExtendedL2 = header.Has(IncompatibleFeatures.ExtendedL2),
            Bitmaps = image.Bitmaps.Stored.Count == 0 ? null : [.. image.Bitmaps.Stored.Select(Describe)],
        };
    }

    private static Qcow2BitmapInfo Describe(StoredBitmap stored) => new()
    {
        Name = stored.Name,
        Granularity = (uint)stored.Granularity,
        Flags =
        [
            .. stored.IsInUse ? new[] { Qcow2BitmapInfoFlags.InUse } : [],
            .. (stored.Flags & StoredBitmapFlags.Auto) != 0 ? new[] { Qcow2BitmapInfoFlags.Auto } : [],
        ],
    };
}
