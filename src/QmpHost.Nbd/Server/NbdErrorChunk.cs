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
    /// <param name="text">Its text.</param>
    /// <returns>The size in bytes.</returns>
    public static int GetSize(string text) => NbdConstants.ChunkHeaderSize + PayloadHeaderSize + Encoding.UTF8.GetByteCount(text);

    /// <summary>Writes a chunk.</summary>
    /// <param name="destination">As many bytes as <see cref="GetSize"/> says.</param>
    /// <param name="errno">The error.</param>
    /// <param name="handle">The request's handle.</param>
    /// <param name="text">A text for people.</param>
    public static void Write(Span<byte> destination, Errno errno, ulong handle, string text)
    {
        int length = destination.Length - NbdConstants.ChunkHeaderSize;
        NbdReplies.WriteChunk(destination, NbdReplyType.Error, done: true, handle, (uint)length);
        Span<byte> payload = destination[NbdConstants.ChunkHeaderSize..];
        BinaryPrimitives.WriteUInt32BigEndian(payload, (uint)NbdErrors.FromErrno(errno));
        BinaryPrimitives.WriteUInt16BigEndian(payload[4..], (ushort)(length - PayloadHeaderSize));
        Encoding.UTF8.GetBytes(text, payload[PayloadHeaderSize..]);
    }
}
