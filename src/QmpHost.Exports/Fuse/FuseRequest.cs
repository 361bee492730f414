using System.Buffers.Binary;

namespace QmpHost.Exports.Fuse;

/// <summary>A request of the kernel.</summary>
/// <param name="bytes">The request, header included.</param>
internal readonly struct FuseRequest(ReadOnlyMemory<byte> bytes)
{
    /// <summary>Bytes before the arguments.</summary>
    public const int HeaderSize = 40;

    /// <summary>Bytes of the arguments of a write, before its data.</summary>
    public const int WriteSize = 40;

    /// <summary>What is asked.</summary>
    public FuseOpcode Opcode => (FuseOpcode)BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span[4..]);

    /// <summary>By which the answer finds the request.</summary>
    public ulong Id => BinaryPrimitives.ReadUInt64LittleEndian(bytes.Span[8..]);

    /// <summary>The data of a write.</summary>
    public ReadOnlyMemory<byte> Data => bytes[(HeaderSize + WriteSize)..];

    /// <summary>Reads a number of 32 bits of the arguments; 0 behind their end.</summary>
    /// <param name="offset">Where it is.</param>
    /// <returns>The number.</returns>
    public uint ReadUInt32(int offset)
        => HeaderSize + offset + sizeof(uint) <= bytes.Length ? BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span[(HeaderSize + offset)..]) : 0;

    /// <summary>Reads a number of 64 bits of the arguments; 0 behind their end.</summary>
    /// <param name="offset">Where it is.</param>
    /// <returns>The number.</returns>
    public long ReadInt64(int offset)
        => HeaderSize + offset + sizeof(long) <= bytes.Length ? BinaryPrimitives.ReadInt64LittleEndian(bytes.Span[(HeaderSize + offset)..]) : 0;
}
