using System.Buffers.Binary;

namespace QmpHost.Nbd.Protocol;

/// <summary>The header of a request.</summary>
/// <param name="Flags">Flags.</param>
/// <param name="Command">The command; may be one that is not defined.</param>
/// <param name="Handle">The client's number of the request, repeated in replies.</param>
/// <param name="Offset">Start in bytes.</param>
/// <param name="Length">Length in bytes.</param>
public readonly record struct NbdRequest(NbdCommandFlags Flags, NbdCommand Command, ulong Handle, ulong Offset, uint Length)
{
    /// <summary>Reads a header.</summary>
    /// <param name="source">At least <see cref="NbdConstants.RequestSize"/> bytes.</param>
    /// <param name="magic">The magic number found, which the caller checks.</param>
    /// <returns>The request.</returns>
    public static NbdRequest Read(ReadOnlySpan<byte> source, out uint magic)
    {
        magic = BinaryPrimitives.ReadUInt32BigEndian(source);
        return new NbdRequest(
            (NbdCommandFlags)BinaryPrimitives.ReadUInt16BigEndian(source[4..]),
            (NbdCommand)BinaryPrimitives.ReadUInt16BigEndian(source[6..]),
            BinaryPrimitives.ReadUInt64BigEndian(source[8..]),
            BinaryPrimitives.ReadUInt64BigEndian(source[16..]),
            BinaryPrimitives.ReadUInt32BigEndian(source[24..]));
    }

    /// <summary>Writes a header.</summary>
    /// <param name="destination">At least <see cref="NbdConstants.RequestSize"/> bytes.</param>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, NbdConstants.RequestMagic);
        BinaryPrimitives.WriteUInt16BigEndian(destination[4..], (ushort)Flags);
        BinaryPrimitives.WriteUInt16BigEndian(destination[6..], (ushort)Command);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], Handle);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], Offset);
        BinaryPrimitives.WriteUInt32BigEndian(destination[24..], Length);
    }
}
