using System.Buffers.Binary;

namespace QmpHost.Nbd.Protocol;

/// <summary>The header of a request.</summary>
/// <param name="Flags">Flags.</param>
/// <param name="Command">The command; may be one that is not defined.</param>
/// <param name="Handle">The client's number of the request, repeated in replies.</param>
/// <param name="Offset">Start in bytes.</param>
/// <param name="Length">Length in bytes.</param>
public readonly record struct NbdRequest(NbdCommandFlags Flags, NbdCommand Command, ulong Handle, ulong Offset, ulong Length)
{
    /// <summary>Bytes of a header.</summary>
    /// <param name="framing">How messages are framed.</param>
    /// <returns>The size in bytes.</returns>
    public static int SizeOf(NbdFraming framing) => framing == NbdFraming.Extended ? NbdConstants.ExtendedHeaderSize : NbdConstants.RequestSize;

    /// <summary>The number that a header begins with.</summary>
    /// <param name="framing">How messages are framed.</param>
    /// <returns>The magic number.</returns>
    public static uint MagicOf(NbdFraming framing) => framing == NbdFraming.Extended ? NbdConstants.ExtendedRequestMagic : NbdConstants.RequestMagic;

    /// <summary>Reads a header.</summary>
    /// <param name="source">At least <see cref="SizeOf"/> bytes.</param>
    /// <param name="framing">How messages are framed.</param>
    /// <param name="magic">The magic number found, which the caller checks.</param>
    /// <returns>The request.</returns>
    public static NbdRequest Read(ReadOnlySpan<byte> source, NbdFraming framing, out uint magic)
    {
        magic = BinaryPrimitives.ReadUInt32BigEndian(source);
        return new NbdRequest(
            (NbdCommandFlags)BinaryPrimitives.ReadUInt16BigEndian(source[4..]),
            (NbdCommand)BinaryPrimitives.ReadUInt16BigEndian(source[6..]),
            BinaryPrimitives.ReadUInt64BigEndian(source[8..]),
            BinaryPrimitives.ReadUInt64BigEndian(source[16..]),
            framing == NbdFraming.Extended
                ? BinaryPrimitives.ReadUInt64BigEndian(source[24..])
                : BinaryPrimitives.ReadUInt32BigEndian(source[24..]));
    }

    /// <summary>Writes a header.</summary>
    /// <param name="destination">At least <see cref="SizeOf"/> bytes.</param>
    /// <param name="framing">How messages are framed.</param>
    public void Write(Span<byte> destination, NbdFraming framing)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, MagicOf(framing));
        BinaryPrimitives.WriteUInt16BigEndian(destination[4..], (ushort)Flags);
        BinaryPrimitives.WriteUInt16BigEndian(destination[6..], (ushort)Command);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], Handle);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], Offset);
        if (framing == NbdFraming.Extended)
        {
            BinaryPrimitives.WriteUInt64BigEndian(destination[24..], Length);
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination[24..], (uint)Length);
        }
    }
}
