using QmpHost.Qapi.Schema;

namespace QmpHost.Machine.Devices;

/// <summary>A device with memory in the guest's address space. Used on the host's event loop only.</summary>
internal interface IMemoryDevice
{
    /// <summary>The device's id, or null.</summary>
    string? Id { get; }

    /// <summary>Where its memory begins.</summary>
    long Address { get; }

    /// <summary>How many bytes of addresses it takes.</summary>
    long Length { get; }

    /// <summary>How many bytes of memory the guest has through it.</summary>
    long PluggedBytes { get; }

    /// <summary>What query-memory-devices says of it.</summary>
    MemoryDeviceInfo Describe();
}
