namespace QmpHost.Qapi;

/// <summary>The error classes of QMP. Clients decide by them; everything else about an error is prose.</summary>
public enum QmpErrorClass
{
    /// <summary>Every error that has no class of its own.</summary>
    GenericError,

    /// <summary>The command does not exist, or not in the session's present mode.</summary>
    CommandNotFound,

    /// <summary>The device has no medium, or nothing is under way on it.</summary>
    DeviceNotActive,

    /// <summary>The device, node or job does not exist.</summary>
    DeviceNotFound,

    /// <summary>A capability of the hypervisor is missing.</summary>
    KVMMissingCap,
}
