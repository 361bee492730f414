using System.Numerics;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Qcow2.Creation;

/// <summary>Checks the options of a new image, and gives those left out their values.</summary>
internal sealed class Qcow2CreateChecks
{
    private const int SectorSize = 512;
    private const ulong DefaultClusterSize = 64 << 10;
    private const int DefaultRefcountBits = 16;
    private const int MinExtendedClusterSize = SectorSize * Qcow2Geometry.ExtendedSubclusters;
    private const long MaxDiskSize = 9223372035781033984;

    private const string NeedsV3 = "compatibility level 1.1 and above (use version=v3 or greater)";

    public Qcow2CreateChecks(BlockdevCreateOptionsQcow2 options)
    {
        Size = CheckSize(options.Size);
        Version = options.Version == BlockdevQcow2Version.V2 ? 2 : 3;
        ClusterBits = CheckClusterSize(options.ClusterSize ?? DefaultClusterSize);
        ExtendedL2 = CheckExtendedL2(options.ExtendedL2 ?? false);
        Preallocation = options.Preallocation ?? PreallocMode.Off;
        CheckBacking(options);
        CheckDataFile(options);
        if (DataFileRaw && Preallocation == PreallocMode.Off)
        {
            // A raw image has a place for every byte: the tables say so from the start.
            Preallocation = PreallocMode.Metadata;
        }

        LazyRefcounts = CheckVersion(options.LazyRefcounts ?? false, "Lazy refcounts only supported with");
        RefcountOrder = CheckRefcountBits(options.RefcountBits ?? DefaultRefcountBits);
        Compression = CheckVersion(options.CompressionType == Qcow2CompressionType.Zstd, "Non-zlib compression type is only supported with")
            ? CompressionMethod.Zstd
            : CompressionMethod.Zlib;
    }

    public long Size { get; }

    public int Version { get; }

    public int ClusterBits { get; }

    public bool ExtendedL2 { get; }

    public PreallocMode Preallocation { get; }

    /// <summary>Whether the external data file is to be a valid raw image.</summary>
    public bool DataFileRaw { get; private set; }

    public bool LazyRefcounts { get; }

    public int RefcountOrder { get; }

    public CompressionMethod Compression { get; }

    /// <summary>Sizes that no disk has are refused by the resize that follows the header; its words depend on this.</summary>
    public bool IsBeyondAnyDisk => Size > MaxDiskSize;

    /// <summary>The words for such a size.</summary>
    public string BeyondAnyDisk => $"offset({Size}) exceeds maximum({MaxDiskSize})";

    private static long CheckSize(ulong size)
        => size % SectorSize == 0
            ? (long)Math.Min(size, long.MaxValue - SectorSize + 1)
            : throw new QmpException("Image size must be a multiple of 512 bytes");

    private static int CheckClusterSize(ulong size)
    {
        bool valid = size is >= 1 << Qcow2Geometry.MinClusterBits and <= 1 << Qcow2Geometry.MaxClusterBits && BitOperations.IsPow2(size);
        return valid
            ? BitOperations.TrailingZeroCount(size)
            : throw new QmpException($"Cluster size must be a power of two between {1 << Qcow2Geometry.MinClusterBits} and 2048k");
    }

    private bool CheckExtendedL2(bool extended)
    {
        if (CheckVersion(extended, "Extended L2 entries are only supported with") && 1 << ClusterBits < MinExtendedClusterSize)
        {
            throw new QmpException(
                $"Extended L2 entries are only supported with cluster sizes of at least {MinExtendedClusterSize} bytes");
        }

        return extended;
    }

    private void CheckBacking(BlockdevCreateOptionsQcow2 options)
    {
        if (options.BackingFile is not null && Preallocation != PreallocMode.Off && !ExtendedL2)
        {
            throw new QmpException("Backing file and preallocation can only be used at the same time if extended_l2 is on");
        }

        if (options.BackingFile is null && options.BackingFmt is not null)
        {
            throw new QmpException("Backing format cannot be used without backing file");
        }
    }

    private void CheckDataFile(BlockdevCreateOptionsQcow2 options)
    {
        DataFileRaw = options.DataFileRaw ?? false;
        if (DataFileRaw && options.DataFile is null)
        {
            throw new QmpException("data-file-raw requires data-file");
        }

        if (DataFileRaw && options.BackingFile is not null)
        {
            throw new QmpException("Backing file and data-file-raw cannot be used at the same time");
        }

        CheckVersion(options.DataFile is not null, "External data files are only supported with");
    }

    private int CheckRefcountBits(long bits)
    {
        if (bits is < 1 or > 64 || !BitOperations.IsPow2(bits))
        {
            throw new QmpException("Refcount width must be a power of two and may not exceed 64 bits");
        }

        if (Version < 3 && bits != DefaultRefcountBits)
        {
            throw new QmpException("Different refcount widths than 16 bits require compatibility level 1.1 or above (use version=v3 or greater)");
        }

        return BitOperations.TrailingZeroCount(bits);
    }

    private bool CheckVersion(bool wanted, string what)
        => !wanted || Version >= 3 ? wanted : throw new QmpException($"{what} {NeedsV3}");
}
