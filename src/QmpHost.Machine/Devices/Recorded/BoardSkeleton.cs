using QmpHost.Machine.Devices.Types;
using QmpHost.Machine.Qom;

namespace QmpHost.Machine.Devices.Recorded;

/// <summary>Gives a board the devices that nothing but listings shows, at their numbers and on their buses.</summary>
internal static class BoardSkeleton
{
    /// <summary>Adds the devices that the board has not got yet, and gives the others their slots.</summary>
    /// <param name="board">The board, which has its own buses.</param>
    /// <param name="record">What it consists of.</param>
    /// <param name="context">The machine around it.</param>
    public static void Build(MachineBoard board, BoardRecord record, DeviceContext context)
    {
        QomObject unattached = board.Machine.GetContainer("unattached");
        foreach (BoardDevice part in record.Devices)
        {
            var device = unattached.Follow(part.Name) as DeviceObject ?? Add(unattached, part, context);
            if (part.Bus.Length > 0 && context.Tree.ResolveAt(board.Machine, part.Bus[1..]) is BusObject bus)
            {
                PutInto(bus, device, part.Slot);
            }
        }
    }

    /// <summary>Puts a device into a slot of a bus.</summary>
    /// <param name="bus">The bus.</param>
    /// <param name="device">The device, which is on this bus or on none.</param>
    /// <param name="slot">The name of the bus's property that is to lead to it.</param>
    internal static void PutInto(BusObject bus, DeviceObject device, string slot)
    {
        if (device.ParentBus is null)
        {
            device.PlugInto(bus);
        }

        bus.MoveTo(device, BusObject.NumberOf(slot));
    }

    private static TableDevice Add(QomObject unattached, BoardDevice part, DeviceContext context)
    {
        TableDevice device = DeviceFactory.Make(DeviceTypes.Get(part.Type), context);
        unattached.AddChild(part.Name, device);
        device.MarkRealized();
        return device;
    }
}
