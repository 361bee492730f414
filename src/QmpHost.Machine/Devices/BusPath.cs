using QmpHost.Machine.Devices.Types;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>Finds buses: by the path that a "bus" option gives, or the first that fits.</summary>
internal static class BusPath
{
    /// <summary>The bus at a path of alternating bus and device names.</summary>
    /// <param name="main">The topmost bus.</param>
    /// <param name="path">The path; a leading slash stands for the topmost bus, any other bus is found by name.</param>
    /// <exception cref="QmpException">There is no such bus or device, or the bus is full.</exception>
    internal static BusObject Find(BusObject main, string path)
    {
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        int at = 0;
        BusObject bus = main;
        if (!path.StartsWith('/'))
        {
            string name = parts.Length > 0 ? parts[at++] : "";
            bus = Search(main, b => b.BusName == name) ?? throw new QmpException($"Bus '{name}' not found");
        }

        while (at < parts.Length)
        {
            DeviceObject device = FindDevice(bus, parts[at++]);
            bus = at < parts.Length ? FindBus(device, parts[at++]) : OnlyBus(device);
        }

        return bus.IsFull ? throw new QmpException($"Bus '{path}' is full") : bus;
    }

    /// <summary>The first bus of a class that takes another device, or null.</summary>
    internal static BusObject? FindFree(BusObject main, QomClass busClass)
        => Search(main, b => b.Class.IsA(busClass) && !b.IsFull);

    private static BusObject? Search(BusObject bus, Func<BusObject, bool> fits)
    {
        if (fits(bus))
        {
            return bus;
        }

        foreach (BusObject below in bus.NewestFirst.SelectMany(static d => d.Buses))
        {
            if (Search(below, fits) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private static DeviceObject FindDevice(BusObject bus, string name)
        => bus.NewestFirst.FirstOrDefault(d => d.Id == name)
            ?? bus.NewestFirst.FirstOrDefault(d => Answers(d, name))
            ?? throw new QmpException(QmpErrorClass.DeviceNotFound, $"Device '{name}' not found");

    private static BusObject FindBus(DeviceObject device, string name)
        => device.Buses.FirstOrDefault(b => b.BusName == name) ?? throw new QmpException($"Bus '{name}' not found");

    private static BusObject OnlyBus(DeviceObject device)
    {
        BusObject[] buses = [.. device.Buses];
        return buses.Length switch
        {
            0 => throw new QmpException($"Device '{device.IdOrPath}' has no child bus"),
            1 => buses[0],
            _ => throw new QmpException($"Device '{device.IdOrPath}' has multiple child buses"),
        };
    }

    // A device answers to its type's name or alias.
    private static bool Answers(DeviceObject device, string name)
        => device.Class.Name == name || DeviceTypes.Find(device.Class.Name)?.Alias == name;
}
