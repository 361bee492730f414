using System.Buffers.Binary;

namespace QmpHost.Block.Drivers.Vhdx;

/// <summary>One of the two headers of a VHDX image; the one with the greater number counts.</summary>
/// <param name="Sequence">Its number.</param>
/// <param name="FileWrite">Changes whenever a program begins to write to the file.</param>
/// <param name="DataWrite">Changes whenever what a guest sees begins to change.</param>
/// <param name="Log">Names the entries of the log that count; empty if none does.</param>
/// <param name="LogVersion">The version of the log's format.</param>
/// <param name="LogLength">Bytes of the log.</param>
/// <param name="LogOffset">Where the log lies, in bytes.</param>
internal sealed record VhdxHeader(ulong Sequence, Guid FileWrite, Guid DataWrite, Guid Log, ushort LogVersion, uint LogLength, ulong LogOffset)
{
    /// <summary>Bytes of a header.</summary>
    public const int Size = 4096;

    /// <summary>Where the first header lies.</summary>
    public const long FirstOffset = 64 << 10;

    /// <summary>Where the second header lies.</summary>
    public const long SecondOffset = 128 << 10;

    private const ushort Version = 1;

    private static ReadOnlySpan<byte> Magic => "head"u8;

    /// <summary>Reads a header.</summary>
    /// <returns>The header, or null if it is damaged or of another version.</returns>
    public static VhdxHeader? Read(ReadOnlySpan<byte> bytes)
        => bytes.StartsWith(Magic) && VhdxChecksum.IsSound(bytes) && BinaryPrimitives.ReadUInt16LittleEndian(bytes[66..]) == Version
            ? new VhdxHeader(
                BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
                new Guid(bytes.Slice(16, 16)),
                new Guid(bytes.Slice(32, 16)),
                new Guid(bytes.Slice(48, 16)),
                BinaryPrimitives.ReadUInt16LittleEndian(bytes[64..]),
                BinaryPrimitives.ReadUInt32LittleEndian(bytes[68..]),
                BinaryPrimitives.ReadUInt64LittleEndian(bytes[72..]))
            : null;

    /// <summary>The header as bytes.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Size];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), Sequence);
        FileWrite.TryWriteBytes(bytes.AsSpan(16));
        DataWrite.TryWriteBytes(bytes.AsSpan(32));
        Log.TryWriteBytes(bytes.AsSpan(48));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(64), LogVersion);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(66), Version);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(68), LogLength);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(72), LogOffset);
        VhdxChecksum.Enter(bytes);
        return bytes;
    }
}
