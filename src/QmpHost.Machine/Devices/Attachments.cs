using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>The properties that attach a device to a character device or a network backend.</summary>
internal static class Attachments
{
    internal static QomProperty Chardev(string? description) => new()
    {
        Name = "chardev",
        Type = "str",
        Description = description,
        Get = static o => ((DeviceObject)o).Value("chardev"),
        Set = static (o, reader) =>
        {
            var device = (DeviceObject)o;
            device.CheckNotRealized("chardev");
            device.AttachCharacterDevice(reader.ReadString());
            return default;
        },
    };

    internal static QomProperty Netdev(string? description) => new()
    {
        Name = "netdev",
        Type = "str",
        Description = description,
        Get = static o => ((DeviceObject)o).Value("netdev"),
        Set = static (o, reader) =>
        {
            var device = (DeviceObject)o;
            device.CheckNotRealized("netdev");
            string id = reader.ReadString();
            if (device.Context.Network?.TryAttach(id, device) is not { } isTaken)
            {
                throw new QmpException($"Property '{device.Class.Name}.netdev' can't find value '{id}'");
            }

            if (!isTaken)
            {
                throw new QmpException($"Property '{device.Class.Name}.netdev' can't take value '{id}', it's in use");
            }

            device.Store("netdev", new QString(id));
            return default;
        },
    };
}
