using System.Buffers.Binary;
using System.Globalization;

namespace QmpHost.Nbd.Tests.Wire;

/// <summary>Where the reply to one request or option ends.</summary>
/// <param name="payload">How many bytes a simple reply without an error carries.</param>
internal sealed class WireReply(int payload)
{
    private const ulong OptionMagic = 0x3e889045565a9;
    private const int OptionHeader = 20;
    private const int Acknowledgement = 1;
    private const uint SimpleMagic = 0x67446698;
    private const int SimpleHeader = 16;
    private const int ChunkHeader = 20;
    private const uint ExtendedMagic = 0x6e8a278c;
    private const int ExtendedHeader = 32;

    /// <summary>The reply to what a line sends, if that is one request or option that gets one.</summary>
    public static WireReply? TryGet(string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (line.Contains('|', StringComparison.Ordinal))
        {
            return null;
        }

        // The option that names an export in the old way gets no reply of the usual form; after the one that leaves, the server hangs up.
        if (words[0] == "opt" && words[1] is not ("1" or "2"))
        {
            return new WireReply(0);
        }

        if (words[0] is not ("req" or "xreq") || words[1] == "2")
        {
            return null;
        }

        bool isRead = words[0] == "req" && words[1] == "0";
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

            if (BinaryPrimitives.ReadUInt64BigEndian(received) == OptionMagic)
            {
                int missing = MissingOfOption(received);
                if (missing > 0 || IsLastOfOption(received))
                {
                    return missing;
                }

                received = received[LengthOfOption(received)..];
                continue;
            }

            if (BinaryPrimitives.ReadUInt32BigEndian(received) == SimpleMagic)
            {
                bool isError = BinaryPrimitives.ReadUInt32BigEndian(received[4..]) != 0;
                return SimpleHeader + (isError ? 0 : payload) - received.Length;
            }

            int header = BinaryPrimitives.ReadUInt32BigEndian(received) == ExtendedMagic ? ExtendedHeader : ChunkHeader;
            if (received.Length < header)
            {
                return header - received.Length;
            }

            // Both have the length at their end; no recording has one of more than 31 bits.
            bool isLast = (received[5] & 1) != 0;
            int length = header + BinaryPrimitives.ReadInt32BigEndian(received[(header - 4)..]);
            if (isLast || received.Length < length)
            {
                return length - received.Length;
            }

            received = received[length..];
        }
    }

    private static int MissingOfOption(ReadOnlySpan<byte> received)
        => Math.Max(0, (received.Length < OptionHeader ? OptionHeader : LengthOfOption(received)) - received.Length);

    private static int LengthOfOption(ReadOnlySpan<byte> received) => OptionHeader + BinaryPrimitives.ReadInt32BigEndian(received[16..]);

    private static bool IsLastOfOption(ReadOnlySpan<byte> received)
        => BinaryPrimitives.ReadUInt32BigEndian(received[12..]) is var type && (type == Acknowledgement || type >> 31 != 0);
}
