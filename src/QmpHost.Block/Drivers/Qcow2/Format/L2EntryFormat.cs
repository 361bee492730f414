using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace QmpHost.Block.Drivers.Qcow2.Format;

/// <summary>Reads, writes and classifies the L2 entries of one image.</summary>
/// <remarks>Immutable, usable from any thread.</remarks>
internal sealed class L2EntryFormat(Qcow2Geometry geometry, bool hasDataFile)
{
    private readonly bool _extended = geometry.HasSubclusters;
    private readonly int _entryShift = geometry.HasSubclusters ? 4 : 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L2Entry Read(ReadOnlySpan<byte> slice, int index)
    {
        ReadOnlySpan<byte> at = slice[(index << _entryShift)..];
        ulong descriptor = BinaryPrimitives.ReadUInt64BigEndian(at);
        return _extended ? new L2Entry(descriptor, BinaryPrimitives.ReadUInt64BigEndian(at[8..])) : new L2Entry(descriptor);
    }

    public void Write(Span<byte> slice, int index, L2Entry entry)
    {
        Span<byte> at = slice[(index << _entryShift)..];
        BinaryPrimitives.WriteUInt64BigEndian(at, entry.Descriptor);
        if (_extended)
        {
            BinaryPrimitives.WriteUInt64BigEndian(at[8..], entry.Bitmap);
        }
    }

    public ClusterKind KindOf(L2Entry entry)
    {
        if (entry.IsCompressed)
        {
            return ClusterKind.Compressed;
        }

        // Offset 0 is the header, except in an external data file, where the copied flag tells.
        bool hasHost = entry.HostOffset != 0 || (hasDataFile && entry.IsCopied);
        if (!_extended && entry.HasZeroFlag)
        {
            return hasHost ? ClusterKind.ZeroAllocated : ClusterKind.ZeroPlain;
        }

        return hasHost ? ClusterKind.Normal : ClusterKind.Unallocated;
    }

    /// <summary>Classifies one subcluster; without extended entries <paramref name="subcluster"/> is 0.</summary>
    public SubclusterKind KindOf(L2Entry entry, int subcluster)
    {
        ClusterKind kind = KindOf(entry);
        return _extended && kind != ClusterKind.Compressed ? KindOfExtended(entry, kind, subcluster) : kind switch
        {
            ClusterKind.Unallocated => SubclusterKind.UnallocatedPlain,
            ClusterKind.ZeroPlain => SubclusterKind.ZeroPlain,
            ClusterKind.ZeroAllocated => SubclusterKind.ZeroAllocated,
            ClusterKind.Normal => SubclusterKind.Normal,
            _ => SubclusterKind.Compressed,
        };
    }

    /// <summary>Whether the whole cluster has valid data in its host cluster.</summary>
    public bool IsFullyAllocated(L2Entry entry)
        => KindOf(entry) == ClusterKind.Normal && (!_extended || entry.Bitmap == L2Entry.AllAllocated);

    private static SubclusterKind KindOfExtended(L2Entry entry, ClusterKind kind, int subcluster)
    {
        uint bit = 1u << subcluster;
        if (kind == ClusterKind.Unallocated)
        {
            return entry.AllocatedMask != 0 ? SubclusterKind.Invalid
                : (entry.ZeroMask & bit) != 0 ? SubclusterKind.ZeroPlain
                : SubclusterKind.UnallocatedPlain;
        }

        return (entry.AllocatedMask & entry.ZeroMask) != 0 ? SubclusterKind.Invalid
            : (entry.ZeroMask & bit) != 0 ? SubclusterKind.ZeroAllocated
            : (entry.AllocatedMask & bit) != 0 ? SubclusterKind.Normal
            : SubclusterKind.UnallocatedAllocated;
    }
}
