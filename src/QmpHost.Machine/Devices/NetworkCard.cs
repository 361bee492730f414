using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>A network card that works.</summary>
/// <param name="Name">Its id, or a name of its model and a number.</param>
/// <param name="Model">Its type.</param>
/// <param name="Device">The device.</param>
public sealed record NetworkCard(string Name, string Model, DeviceObject Device)
{
    /// <summary>Its address.</summary>
    public string Address => Read("mac");

    /// <summary>The id of the backend that it has, or an empty text.</summary>
    public string Backend => Read("netdev");

    /// <summary>Whether it tells what it lets through.</summary>
    public bool TellsFilter => Model.StartsWith("virtio-net-", StringComparison.Ordinal);

    // Those of virtio have it inside.
    private string Read(string property) => Device.FindProperty(property)?.Get?.Invoke(Device) is QString text ? text.Value : string.Empty;
}
