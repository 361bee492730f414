namespace QmpHost.Nbd.Protocol;

/// <summary>Types of replies to options; errors have the highest bit set.</summary>
public enum NbdOptionReply : uint
{
    /// <summary>The option was carried out.</summary>
    Ack = 1,

    /// <summary>An export of the list.</summary>
    Server = 2,

    /// <summary>Information about an export.</summary>
    Info = 3,

    /// <summary>A metadata context.</summary>
    MetaContext = 4,

    /// <summary>Unknown option.</summary>
    ErrorUnsupported = 0x80000001,

    /// <summary>Forbidden by the server's configuration.</summary>
    ErrorPolicy = 0x80000002,

    /// <summary>Malformed option.</summary>
    ErrorInvalid = 0x80000003,

    /// <summary>Not possible on the server's platform.</summary>
    ErrorPlatform = 0x80000004,

    /// <summary>TLS must be started first.</summary>
    ErrorTlsRequired = 0x80000005,

    /// <summary>No such export.</summary>
    ErrorUnknown = 0x80000006,

    /// <summary>The server is going away.</summary>
    ErrorShutdown = 0x80000007,

    /// <summary>The client must ask for block sizes first.</summary>
    ErrorBlockSizeRequired = 0x80000008,

    /// <summary>The request is too big for the server.</summary>
    ErrorTooBig = 0x80000009,

    /// <summary>The option has no meaning once extended headers are agreed on.</summary>
    ErrorExtendedHeadersRequired = 0x8000000a,
}
