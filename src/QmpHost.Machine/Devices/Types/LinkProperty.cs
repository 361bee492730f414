using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices.Types;

/// <summary>Properties of devices that lead to other objects.</summary>
internal static class LinkProperty
{
    /// <summary>Makes a property.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">Its type, for example "link&lt;iothread&gt;".</param>
    internal static QomProperty Make(string name, string type)
    {
        string className = type["link<".Length..^1];
        return QomProperties.Link(
            name,
            className,
            o => ((DeviceObject)o).LinkTarget(name),
            (o, reader) =>
            {
                var device = (DeviceObject)o;
                string path = reader.ReadString();
                QomObject? target = path.Length == 0 ? null : device.Tree.Get(path);
                if (target is not null && !IsOf(target.Class, className))
                {
                    throw new QmpException($"Invalid parameter type for '{name}', expected: {className}");
                }

                if (device.IsRealized)
                {
                    throw new QmpException(
                        $"Attempt to set link property '{name}' on device '{device.Id ?? "(null)"}' (type '{device.Class.Name}') after it was realized");
                }

                device.SetLink(name, target);
                return default;
            });
    }

    private static bool IsOf(QomClass? qomClass, string name)
    {
        for (; qomClass is not null; qomClass = qomClass.Parent)
        {
            if (qomClass.Name == name)
            {
                return true;
            }
        }

        return false;
    }
}
