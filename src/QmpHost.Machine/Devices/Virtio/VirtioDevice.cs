using QmpHost.Machine.Devices.Types;

namespace QmpHost.Machine.Devices;

/// <summary>A virtio device proper: what is the same on every transport.</summary>
internal class VirtioDevice : TableDevice
{
    /// <summary>Most entries of a queue, and most queues.</summary>
    private protected const int MaxQueue = 1024;

    internal VirtioDevice(DeviceType type, DeviceContext context)
        : base(type, context)
    {
    }

    /// <summary>Interrupt vectors that the device uses on a transport that has them; null for as many as were recorded.</summary>
    internal virtual long? Vectors => null;

    /// <summary>The transport's device, which has the id.</summary>
    private protected DeviceObject Proxy => ParentBus!.Owner!;

    /// <summary>Adds a bus named after the transport.</summary>
    private protected string NameProxyBus(string type) => Proxy.Id is { } id ? id + ".0" : Context.NextBusName(type);
}
