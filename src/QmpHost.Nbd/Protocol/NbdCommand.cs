namespace QmpHost.Nbd.Protocol;

/// <summary>Requests of the transmission phase.</summary>
public enum NbdCommand : ushort
{
    /// <summary>Reads.</summary>
    Read = 0,

    /// <summary>Writes the data that follows the header.</summary>
    Write = 1,

    /// <summary>Ends the session; has no reply.</summary>
    Disconnect = 2,

    /// <summary>Makes completed writes stable.</summary>
    Flush = 3,

    /// <summary>Drops the contents of an area.</summary>
    Trim = 4,

    /// <summary>Brings an area into the cache.</summary>
    Cache = 5,

    /// <summary>Makes an area read as zeroes.</summary>
    WriteZeroes = 6,

    /// <summary>Asks for the metadata of an area.</summary>
    BlockStatus = 7,

    /// <summary>Changes the size (not served).</summary>
    Resize = 8,
}
