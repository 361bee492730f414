namespace QmpHost.Exports.VhostUser;

/// <summary>Requests of a vhost-user front end, by their numbers in the protocol.</summary>
internal enum VhostUserRequest : uint
{
    /// <summary>Which features of the device there are.</summary>
    GetFeatures = 1,

    /// <summary>Which of them are used.</summary>
    SetFeatures = 2,

    /// <summary>The front end is there.</summary>
    SetOwner = 3,

    /// <summary>The front end goes. Not used any more.</summary>
    ResetOwner = 4,

    /// <summary>The whole memory of the guest.</summary>
    SetMemoryTable = 5,

    /// <summary>The size of a queue.</summary>
    SetVringSize = 8,

    /// <summary>Where the parts of a queue are.</summary>
    SetVringAddress = 9,

    /// <summary>At which index a queue begins.</summary>
    SetVringBase = 10,

    /// <summary>Stops a queue and tells its next index.</summary>
    GetVringBase = 11,

    /// <summary>The descriptor by which the guest tells of requests; starts the queue.</summary>
    SetVringKick = 12,

    /// <summary>The descriptor by which the guest is told of answers.</summary>
    SetVringCall = 13,

    /// <summary>The descriptor by which the front end is told of errors.</summary>
    SetVringError = 14,

    /// <summary>Which features of the protocol there are.</summary>
    GetProtocolFeatures = 15,

    /// <summary>Which of them are used.</summary>
    SetProtocolFeatures = 16,

    /// <summary>How many queues there may be.</summary>
    GetQueueCount = 17,

    /// <summary>Whether a queue is used.</summary>
    SetVringEnable = 18,

    /// <summary>The channel for requests of the back end.</summary>
    SetBackEndChannel = 21,

    /// <summary>A part of the device's configuration.</summary>
    GetConfiguration = 24,

    /// <summary>A change of the device's configuration.</summary>
    SetConfiguration = 25,

    /// <summary>How many regions of memory there may be.</summary>
    GetMemorySlots = 36,

    /// <summary>A further region of memory.</summary>
    AddMemoryRegion = 37,

    /// <summary>A region of memory that goes.</summary>
    RemoveMemoryRegion = 38,
}
