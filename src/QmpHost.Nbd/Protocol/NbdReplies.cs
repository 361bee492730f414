using System.Buffers.Binary;

namespace QmpHost.Nbd.Protocol;

/// <summary>Writes the headers of replies.</summary>
public static class NbdReplies
{
    /// <summary>The flag of the last chunk of a structured reply.</summary>
    public const ushort FlagDone = 1;

    /// <summary>Writes a simple reply's header.</summary>
    /// <param name="destination">At least <see cref="NbdConstants.SimpleReplySize"/> bytes.</param>
    /// <param name="error">The outcome.</param>
    /// <param name="handle">The request's handle.</param>
    public static void WriteSimple(Span<byte> destination, NbdError error, ulong handle)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, NbdConstants.SimpleReplyMagic);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], (uint)error);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], handle);
    }

    /// <summary>Bytes of a chunk's header.</summary>
    /// <param name="framing">How messages are framed; not simply.</param>
    /// <returns>The size in bytes.</returns>
    public static int ChunkHeaderSize(NbdFraming framing)
        => framing == NbdFraming.Extended ? NbdConstants.ExtendedHeaderSize : NbdConstants.ChunkHeaderSize;

    /// <summary>Writes a chunk's header.</summary>
    /// <param name="destination">At least <see cref="ChunkHeaderSize"/> bytes.</param>
    /// <param name="framing">How messages are framed; not simply.</param>
    /// <param name="request">The request that is answered.</param>
    /// <param name="type">The chunk's type.</param>
    /// <param name="done">Whether it is the reply's last chunk.</param>
    /// <param name="payloadLength">Bytes that follow the header.</param>
    public static void WriteChunk(
        Span<byte> destination, NbdFraming framing, in NbdRequest request, NbdReplyType type, bool done, int payloadLength)
    {
        bool isExtended = framing == NbdFraming.Extended;
        BinaryPrimitives.WriteUInt32BigEndian(destination, isExtended ? NbdConstants.ExtendedReplyMagic : NbdConstants.StructuredReplyMagic);
        BinaryPrimitives.WriteUInt16BigEndian(destination[4..], done ? FlagDone : (ushort)0);
        BinaryPrimitives.WriteUInt16BigEndian(destination[6..], (ushort)type);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], request.Handle);
        if (isExtended)
        {
            BinaryPrimitives.WriteUInt64BigEndian(destination[16..], request.Offset);
            BinaryPrimitives.WriteInt64BigEndian(destination[24..], payloadLength);
        }
        else
        {
            BinaryPrimitives.WriteInt32BigEndian(destination[16..], payloadLength);
        }
    }
}
