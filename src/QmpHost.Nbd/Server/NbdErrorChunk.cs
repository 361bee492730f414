using System.Buffers.Binary;
using System.Text;
using QmpHost.Block.Core;
using QmpHost.Nbd.Protocol;

namespace QmpHost.Nbd.Server;

/// <summary>Writes the chunk that ends a failed structured reply.</summary>
internal static class NbdErrorChunk
{
    private const int PayloadHeaderSize = 6;

    /// <summary>The size of a chunk.</summary>
    /// <param name="framing">How messages are framed.</param>
    /// <param name="text">Its text.</param>
    /// <returns>The size in bytes.</returns>
    public static int GetSize(NbdFraming framing, string text) => NbdReplies.ChunkHeaderSize(framing) + PayloadHeaderSize + Encoding.UTF8.GetByteCount(text);

    /// <summary>Writes a chunk.</summary>
    /// <param name="destination">As many bytes as <see cref="GetSize"/> says.</param>
    /// <param name="framing">How messages are framed.</param>
    /// <param name="request">The request that failed.</param>
    /// <param name="errno">The error.</param>
    /// <param name="text">A text for people.</param>
    public static void Write(Span<byte> destination, NbdFraming framing, in NbdRequest request, Errno errno, string text)
    {
        int headerSize = NbdReplies.ChunkHeaderSize(framing);
        int length = destination.Length - headerSize;
        NbdReplies.WriteChunk(destination, framing, request, NbdReplyType.Error, done: true, length);
        Span<byte> payload = destination[headerSize..];
        BinaryPrimitives.WriteUInt32BigEndian(payload, (uint)NbdErrors.FromErrno(errno));
        BinaryPrimitives.WriteUInt16BigEndian(payload[4..], (ushort)(length - PayloadHeaderSize));
        Encoding.UTF8.GetBytes(text, payload[PayloadHeaderSize..]);
    }
}
