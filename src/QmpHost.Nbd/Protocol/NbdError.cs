namespace QmpHost.Nbd.Protocol;

/// <summary>Error numbers that the protocol knows.</summary>
public enum NbdError : uint
{
    /// <summary>No error.</summary>
    Success = 0,

    /// <summary>Operation not permitted.</summary>
    Perm = 1,

    /// <summary>Input/output error.</summary>
    IO = 5,

    /// <summary>Cannot allocate memory.</summary>
    NoMemory = 12,

    /// <summary>Invalid argument; also stands for every number that the protocol does not know.</summary>
    Invalid = 22,

    /// <summary>No space left on device.</summary>
    NoSpace = 28,

    /// <summary>Value too large.</summary>
    Overflow = 75,

    /// <summary>Operation not supported.</summary>
    NotSupported = 95,

    /// <summary>The server is going away.</summary>
    Shutdown = 108,
}
