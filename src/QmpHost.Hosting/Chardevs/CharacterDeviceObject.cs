using System.Globalization;
using QmpHost.Machine.Qom;
using QmpHost.Protocol.Chardev;
using QmpHost.Qapi;

namespace QmpHost.Hosting.Chardevs;

/// <summary>A character device in the tree of objects, below <c>/chardevs</c>. Used on the host's event loop only.</summary>
internal sealed class CharacterDeviceObject : QomObject
{
    /// <summary>The name of the container of all of them.</summary>
    public const string Container = "chardevs";

    private static readonly QomClass BaseClass = new("chardev", QomClass.Object, isAbstract: true);

    private static readonly QomClass SocketClass = new("chardev-socket", BaseClass,
    [
        new() { Name = "connected", Type = "bool", Get = static o => QBool.From(((SocketDevice)((CharacterDeviceObject)o).Device).IsConnected) },
        new() { Name = "addr", Type = "SocketAddress", Get = static o => Describe(((SocketDevice)((CharacterDeviceObject)o).Device).Address) },
    ]);

    /// <summary>Makes the object of a device.</summary>
    /// <param name="device">The device.</param>
    public CharacterDeviceObject(CharacterDevice device)
        : base(device is SocketDevice ? SocketClass : new QomClass($"chardev-{device.Kind}", BaseClass)) => Device = device;

    /// <summary>The device.</summary>
    public CharacterDevice Device { get; }

    private static QDict Describe(SocketAddress address)
    {
        var value = new QDict();
        if (address.Path is { } path)
        {
            value.Put("type", new QString("unix"));
            value.Put("path", new QString(path));
            Put(value, "abstract", address.IsAbstract);
            Put(value, "tight", address.IsTight);
        }
        else if (address.Host is { } host)
        {
            value.Put("type", new QString("inet"));
            value.Put("host", new QString(host));
            value.Put("port", new QString(address.Port));
            Put(value, "ipv4", address.IPv4);
            Put(value, "ipv6", address.IPv6);
        }
        else
        {
            value.Put("type", new QString("fd"));
            value.Put("str", new QString(address.Descriptor!.Value.ToString(CultureInfo.InvariantCulture)));
        }

        return value;
    }

    private static void Put(QDict value, string name, bool? member)
    {
        if (member is { } given)
        {
            value.Put(name, QBool.From(given));
        }
    }
}
