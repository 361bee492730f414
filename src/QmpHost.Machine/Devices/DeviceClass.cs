using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>The classes that devices of several kinds extend.</summary>
internal static class DeviceClass
{
    internal static QomClass Device { get; } = new("device", QomClass.Object,
    [
        QomProperties.Link("parent_bus", "bus", static o => ((DeviceObject)o).ParentBus),
        new()
        {
            Name = "realized",
            Type = "bool",
            Get = static o => QBool.From(((DeviceObject)o).IsRealized),
            Set = static (o, reader) => ((DeviceObject)o).SetRealizedAsync(reader.ReadBool()),
        },
        new() { Name = "hotplugged", Type = "bool", Get = static o => QBool.From(((DeviceObject)o).IsHotplugged) },
        new() { Name = "hotpluggable", Type = "bool", Get = static o => QBool.From(((DeviceObject)o).IsHotpluggable) },
    ], isAbstract: true);
}
