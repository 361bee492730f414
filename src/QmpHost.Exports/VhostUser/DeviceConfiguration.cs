using System.Buffers.Binary;
using QmpHost.Exports.Virtio;

namespace QmpHost.Exports.VhostUser;

/// <summary>The configuration of the disk that a front end sees, laid out as virtio has it.</summary>
internal sealed class DeviceConfiguration
{
    /// <summary>Its length in bytes.</summary>
    public const int Size = 60;

    /// <summary>Where the switch of the write cache is.</summary>
    public const int WriteCacheOffset = 32;

    private const int SectorSize = 512;
    private const int MostSegments = 126;
    private readonly byte[] _bytes = new byte[Size];

    /// <summary>Makes the configuration of a disk.</summary>
    /// <param name="blockSize">The size of its blocks in bytes, as it was asked for.</param>
    /// <param name="queues">How many queues there may be.</param>
    /// <param name="likesSizes">Whether it tells which sizes it likes.</param>
    public DeviceConfiguration(uint blockSize, ushort queues, bool likesSizes)
    {
        Span<byte> bytes = _bytes;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[12..], MostSegments);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[20..], blockSize);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[26..], likesSizes ? (ushort)1 : (ushort)0);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[28..], likesSizes ? 1u : 0);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[34..], queues);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[36..], VirtioBlkHandler.MostZeroSectors);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[40..], 1);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[44..], blockSize / SectorSize);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[48..], VirtioBlkHandler.MostZeroSectors);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[52..], 1);
    }

    /// <summary>Its bytes.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Sets the length of the disk.</summary>
    /// <param name="bytes">The length in bytes.</param>
    public void SetLength(long bytes) => BinaryPrimitives.WriteInt64LittleEndian(_bytes, bytes / SectorSize);

    /// <summary>Switches the write cache.</summary>
    /// <param name="value">What the front end wrote there.</param>
    public void SetWriteCache(byte value) => _bytes[WriteCacheOffset] = value;
}
