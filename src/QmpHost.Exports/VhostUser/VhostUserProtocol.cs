namespace QmpHost.Exports.VhostUser;

/// <summary>Numbers of the vhost-user protocol.</summary>
internal static class VhostUserProtocol
{
    /// <summary>Bytes before the payload of a message: its request, flags and length.</summary>
    public const int HeaderSize = 12;

    /// <summary>The longest payload that any message of a front end has, in bytes.</summary>
    public const int MostPayload = 4096;

    /// <summary>The version, in the lowest two bits of the flags.</summary>
    public const uint Version = 1;

    /// <summary>The bits of the version.</summary>
    public const uint VersionMask = 3;

    /// <summary>The flag of a reply.</summary>
    public const uint IsReply = 1 << 2;

    /// <summary>The flag of a request that is to be acknowledged.</summary>
    public const uint NeedsReply = 1 << 3;

    /// <summary>The most regions that a whole description of the memory has.</summary>
    public const int MostTableRegions = 8;

    /// <summary>The most regions that the memory may have.</summary>
    public const int MostRegions = 32;

    /// <summary>The request of a back end whose device's configuration has changed.</summary>
    public const uint ConfigurationChanged = 2;

    /// <summary>In a message about a queue's descriptor: the index of the queue.</summary>
    public const ulong VringIndexMask = 0xFF;

    /// <summary>In a message about a queue's descriptor: there is none.</summary>
    public const ulong HasNoDescriptor = 1 << 8;

    /// <summary>The longest part of a configuration that is ever asked for, in bytes.</summary>
    public const int MostConfiguration = 256;
}

/// <summary>Bits by which the two sides agree on what they use of the protocol.</summary>
[Flags]
internal enum VhostUserFeatures : ulong
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>There are several queues.</summary>
    MultipleQueues = 1UL << 0,

    /// <summary>Requests are acknowledged on demand.</summary>
    Acknowledgements = 1UL << 3,

    /// <summary>The back end may send requests of its own.</summary>
    BackEndRequests = 1UL << 5,

    /// <summary>The device's configuration is the back end's.</summary>
    Configuration = 1UL << 9,

    /// <summary>Regions of memory come and go one by one.</summary>
    MemorySlots = 1UL << 15,
}
