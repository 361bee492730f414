using System.Buffers.Binary;
using System.Numerics;

namespace QmpHost.Block.Drivers.Vhdx;

/// <summary>The checksum of VHDX structures, CRC-32C, which they hold in their bytes 4 to 7.</summary>
internal static class VhdxChecksum
{
    private const int Offset = 4;

    /// <summary>Computes a structure's checksum, with its own bytes taken as zero.</summary>
    public static uint Compute(ReadOnlySpan<byte> bytes)
    {
        uint crc = Add(uint.MaxValue, bytes[..Offset]);
        crc = BitOperations.Crc32C(crc, 0u);
        return ~Add(crc, bytes[(Offset + sizeof(uint))..]);
    }

    /// <summary>Whether a structure's checksum is right.</summary>
    public static bool IsSound(ReadOnlySpan<byte> bytes) => Compute(bytes) == BinaryPrimitives.ReadUInt32LittleEndian(bytes[Offset..]);

    /// <summary>Enters a structure's checksum.</summary>
    public static void Enter(Span<byte> bytes) => BinaryPrimitives.WriteUInt32LittleEndian(bytes[Offset..], Compute(bytes));

    private static uint Add(uint crc, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (byte value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return crc;
    }
}
