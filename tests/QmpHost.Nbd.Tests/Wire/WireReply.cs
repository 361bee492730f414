using System.Buffers.Binary;
using System.Globalization;

namespace QmpHost.Nbd.Tests.Wire;

/// <summary>Where the reply to one request ends.</summary>
/// <param name="payload">How many bytes a simple reply without an error carries.</param>
internal sealed class WireReply(int payload)
{
    private const uint SimpleMagic = 0x67446698;
    private const int SimpleHeader = 16;
    private const int ChunkHeader = 20;

    /// <summary>The reply to what a line sends, if that is one request that gets one.</summary>
    public static WireReply? TryGet(string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words[0] != "req" || words[1] == "2" || line.Contains('|', StringComparison.Ordinal))
        {
            return null;
        }

        bool isRead = words[1] == "0";
        return new WireReply(isRead ? (int)uint.Parse(words[5], CultureInfo.InvariantCulture) : 0);
    }

    /// <summary>How many bytes are still to come, as far as can be told from those that came.</summary>
    public int Missing(ReadOnlySpan<byte> received)
    {
        while (true)
        {
            if (received.Length < SimpleHeader)
            {
                return SimpleHeader - received.Length;
            }

            if (BinaryPrimitives.ReadUInt32BigEndian(received) == SimpleMagic)
            {
                bool isError = BinaryPrimitives.ReadUInt32BigEndian(received[4..]) != 0;
                return SimpleHeader + (isError ? 0 : payload) - received.Length;
            }

            if (received.Length < ChunkHeader)
            {
                return ChunkHeader - received.Length;
            }

            bool isLast = (received[5] & 1) != 0;
            int length = ChunkHeader + BinaryPrimitives.ReadInt32BigEndian(received[SimpleHeader..]);
            if (isLast || received.Length < length)
            {
                return length - received.Length;
            }

            received = received[length..];
        }
    }
}
