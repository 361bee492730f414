using System.Buffers.Binary;
using QmpHost.Qapi;

namespace QmpHost.Block.Drivers.Qcow2.Format;

/// <summary>The header fields that place the image's tables, checked against the limits.</summary>
internal sealed class HeaderTables
{
    private const int MaxSnapshots = 65536;
    private const int SnapshotHeaderSize = 40;
    private const int SectorSize = 512;
    private const uint AesCbc = 1;
    private const uint MaxCryptMethod = 2;

    public HeaderTables(ReadOnlySpan<byte> header, int version, int refcountOrder, bool extendedL2, bool hasMachine)
    {
        Geometry = new Qcow2Geometry(version, (int)ReadU32(header, 20), refcountOrder, extendedL2);
        Autoclear = version < 3 ? 0 : (AutoclearFeatures)ReadU64(header, Qcow2Header.AutoclearFeaturesOffset);
        CryptMethod = ReadU32(header, 32);
        CheckCryptMethod(CryptMethod, hasMachine);
        ParseRefcountTable(header);
        ParseSnapshots(header);
        ParseL1(header);
        if (CryptMethod > MaxCryptMethod)
        {
            // As in QEMU, a number with a sign.
            throw new QmpException($"Unsupported encryption method {(int)CryptMethod}");
        }
    }

    /// <summary>Checks that a program can read what is encrypted in a way.</summary>
    /// <param name="method">The way, as in the header.</param>
    /// <param name="hasMachine">Whether the program has a machine.</param>
    /// <exception cref="QmpException">It cannot.</exception>
    public static void CheckCryptMethod(uint method, bool hasMachine)
    {
        if (method == AesCbc && hasMachine)
        {
            throw new QmpException("Use of AES-CBC encrypted qcow2 images is no longer supported in system emulators");
        }
    }

    public Qcow2Geometry Geometry { get; }

    /// <summary>The disk's size in bytes, whole sectors.</summary>
    public long Size { get; private set; }

    public uint CryptMethod { get; }

    public int L1Size { get; private set; }

    public long L1TableOffset { get; private set; }

    public long RefcountTableOffset { get; private set; }

    public int RefcountTableClusters { get; private set; }

    public AutoclearFeatures Autoclear { get; }

    public int SnapshotCount { get; private set; }

    public long SnapshotsOffset { get; private set; }

    private void ParseRefcountTable(ReadOnlySpan<byte> header)
    {
        uint clusters = ReadU32(header, 56);
        if (clusters == 0)
        {
            throw new QmpException("Image does not contain a reference count table");
        }

        RefcountTableOffset = CheckTable(
            ReadU64(header, 48), clusters, Geometry.ClusterSize, Qcow2Geometry.MaxRefcountTableBytes, "Reference count table");
        RefcountTableClusters = (int)clusters;
    }

    private void ParseSnapshots(ReadOnlySpan<byte> header)
    {
        uint count = ReadU32(header, 60);
        SnapshotsOffset = CheckTable(
            ReadU64(header, 64), count, SnapshotHeaderSize, (long)MaxSnapshots * SnapshotHeaderSize, "Snapshot table");
        SnapshotCount = (int)count;
    }

    private void ParseL1(ReadOnlySpan<byte> header)
    {
        uint entries = ReadU32(header, 36);
        L1TableOffset = CheckTable(ReadU64(header, 40), entries, sizeof(ulong), Qcow2Geometry.MaxL1Bytes, "Active L1 table");
        L1Size = (int)entries;

        ulong size = ReadU64(header, 24);
        long needed = size > long.MaxValue ? long.MaxValue : Geometry.L1EntriesFor((long)size);
        if (needed > int.MaxValue)
        {
            throw new QmpException("Image is too big");
        }

        if (entries < needed)
        {
            throw new QmpException("L1 table is too small");
        }

        // Disks end with a sector; what the field says beyond that is not reachable.
        Size = (long)size & ~(SectorSize - 1L);
    }

    private long CheckTable(ulong offset, uint entries, int entrySize, long maxSize, string name)
    {
        long size = (long)entries * entrySize;
        if (size > maxSize)
        {
            throw new QmpException($"{name} too large");
        }

        if (offset > (ulong)(long.MaxValue - size) || !Geometry.IsAligned((long)offset))
        {
            throw new QmpException($"{name} offset invalid");
        }

        return (long)offset;
    }

    private static uint ReadU32(ReadOnlySpan<byte> from, int offset) => BinaryPrimitives.ReadUInt32BigEndian(from[offset..]);

    private static ulong ReadU64(ReadOnlySpan<byte> from, int offset) => BinaryPrimitives.ReadUInt64BigEndian(from[offset..]);
}
