namespace QmpHost.Nbd.Protocol;

/// <summary>Magic numbers, sizes and limits of the NBD protocol, and the limits that QEMU sets itself.</summary>
public static class NbdConstants
{
    /// <summary>"NBDMAGIC": the first word that a server sends.</summary>
    public const ulong InitMagic = 0x4e42444d41474943;

    /// <summary>"IHAVEOPT": the second word of a newstyle server, and the first of every option.</summary>
    public const ulong OptionMagic = 0x49484156454F5054;

    /// <summary>The second word of an oldstyle server.</summary>
    public const ulong OldstyleMagic = 0x00420281861253;

    /// <summary>Begins every reply to an option.</summary>
    public const ulong OptionReplyMagic = 0x3e889045565a9;

    /// <summary>Begins every request.</summary>
    public const uint RequestMagic = 0x25609513;

    /// <summary>Begins every request with an extended header.</summary>
    public const uint ExtendedRequestMagic = 0x21e41c71;

    /// <summary>Begins a simple reply.</summary>
    public const uint SimpleReplyMagic = 0x67446698;

    /// <summary>Begins a chunk of a structured reply.</summary>
    public const uint StructuredReplyMagic = 0x668e33ef;

    /// <summary>Begins a chunk with an extended header.</summary>
    public const uint ExtendedReplyMagic = 0x6e8a278c;

    /// <summary>Bytes of a request header.</summary>
    public const int RequestSize = 28;

    /// <summary>Bytes of a simple reply's header.</summary>
    public const int SimpleReplySize = 16;

    /// <summary>Bytes of a structured chunk's header.</summary>
    public const int ChunkHeaderSize = 20;

    /// <summary>Bytes of an extended header, of a request or a chunk.</summary>
    public const int ExtendedHeaderSize = 32;

    /// <summary>Bytes of an option's header.</summary>
    public const int OptionHeaderSize = 16;

    /// <summary>Bytes of an option reply's header.</summary>
    public const int OptionReplyHeaderSize = 20;

    /// <summary>The longest payload of a read, write or cache request, and the longest option data, in bytes.</summary>
    public const int MaxBufferSize = 32 * 1024 * 1024;

    /// <summary>The longest string (export name, query, description) in bytes.</summary>
    public const int MaxStringSize = 4096;

    /// <summary>The most extents in one block status chunk.</summary>
    public const int MaxBlockStatusExtents = 1024 * 1024 / 8;

    /// <summary>The most requests of one client that are carried out at the same time.</summary>
    public const int MaxRequestsInFlight = 16;

    /// <summary>The most connections of a server for which no other number was given.</summary>
    public const int DefaultMaxConnections = 100;

    /// <summary>How long a client may take to negotiate, in seconds.</summary>
    public const int HandshakeSeconds = 10;

    /// <summary>The longest time for negotiating that timers take, in seconds: seven weeks.</summary>
    public const uint LongestHandshakeSeconds = 4_294_967;

    /// <summary>Zeroes that follow the export's size and flags unless the client declines them, in bytes.</summary>
    public const int ReservedZeroes = 124;
}
