using System.Globalization;
using QmpHost.Machine.Devices.Types;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>The devices that boards have from the start, with the places and names that QEMU gives them.</summary>
internal static class BoardParts
{
    private const int Functions = PciAddress.Functions;

    /// <summary>Furnishes the older board: a south bridge with two IDE channels and a floppy controller.</summary>
    internal static void FurnishI440Fx(MachineBoard board, PciBus bus, DeviceContext context)
    {
        AddFunction(board, bus, context, "i440FX", number: 2, 0);
        TableDevice south = AddFunction(board, bus, context, "PIIX3", number: 3, 1 * Functions, isMultifunction: true);
        var isa = new BusObject(BusClass.Of("ISA"), "isa.0", south);
        south.Provide(isa);
        bool ownsParts = context.Tree.Profile.Has(Behaviour.SouthBridgeOwnsParts);
        AddToIsa(board, isa, context, "isa-fdc", ownsParts ? 9 : 12);
        TableDevice ide = ownsParts
            ? AddInside(south, "ide", bus, context, "piix3-ide", (1 * Functions) + 1)
            : AddFunction(board, bus, context, "piix3-ide", number: 17, (1 * Functions) + 1);
        TableDevice power = ownsParts
            ? AddInside(south, "pm", bus, context, "PIIX4_PM", (1 * Functions) + 3)
            : AddFunction(board, bus, context, "PIIX4_PM", number: 18, (1 * Functions) + 3);
        power.Provide(new BusObject(BusClass.Of("i2c-bus"), "i2c", power));
        for (int channel = 0; channel < 2; channel++)
        {
            ide.Provide(BusMaker.Make(context.NextBusName("IDE"), "IDE", ide));
        }
    }

    /// <summary>Furnishes the newer board: a south bridge with six SATA ports.</summary>
    internal static void FurnishQ35(MachineBoard board, PciBus bus, DeviceContext context)
    {
        const int southBridge = 0x1f * Functions, ports = 6;
        TableDevice north = Make("mch", context);
        board.Machine.Follow("q35")!.AddChild("mch", north);
        Place(north, bus, 0, isMultifunction: false);
        TableDevice south = AddFunction(board, bus, context, "ICH9-LPC", number: 2, southBridge, isMultifunction: true);
        south.Provide(new BusObject(BusClass.Of("ISA"), "isa.0", south));
        int first = context.Tree.Profile.Has(Behaviour.SouthBridgeOwnsParts) ? 12 : 15;
        TableDevice sata = AddFunction(board, bus, context, "ich9-ahci", first, southBridge + 2, isMultifunction: true);
        TableDevice system = AddFunction(board, bus, context, "ICH9-SMB", first + 1, southBridge + 3, isMultifunction: true);
        system.Provide(new BusObject(BusClass.Of("i2c-bus"), "i2c", system));
        for (int port = 0; port < ports; port++)
        {
            sata.Provide(new IdeBus(context.NextBusName("IDE"), sata) { MaxDevices = 2, Units = 1 });
        }
    }

    /// <summary>Adds a device behind the others of a controller: the numbers of the devices that the board makes later go up by one.</summary>
    internal static void AddAfter(MachineBoard board, DeviceObject controller, TableDevice device)
    {
        QomObject unattached = board.Machine.GetContainer("unattached");
        int number = (NumberOf(controller) ?? 0) + 1;
        while (unattached.Follow(NameOf(number)) is DeviceObject { ParentBus.Owner: var owner } && owner == controller)
        {
            number++;
        }

        MakeRoom(unattached, number, 1);
        unattached.AddChild(NameOf(number), device);
    }

    /// <summary>Adds a device before another one of the board, or behind all.</summary>
    /// <param name="board">The board.</param>
    /// <param name="device">The device, which is nowhere yet.</param>
    /// <param name="followers">The types of those that it comes before: the first that is there counts.</param>
    /// <returns>The device that it has come before, or null.</returns>
    internal static DeviceObject? AddBefore(MachineBoard board, TableDevice device, params ReadOnlySpan<string> followers)
    {
        QomObject unattached = board.Machine.GetContainer("unattached");
        DeviceObject? follower = null;
        foreach (string type in followers)
        {
            follower ??= unattached.Children.OfType<DeviceObject>().FirstOrDefault(child => child.Class.Name == type);
        }

        int number = NumberOf(follower ?? (QomObject)device) ?? (unattached.Children.Max(NumberOf) ?? 0) + 1;
        MakeRoom(unattached, number, 1);
        unattached.AddChild(NameOf(number), device);
        return follower;
    }

    /// <summary>Gives devices higher numbers, so that others have their place before them.</summary>
    /// <param name="unattached">The devices.</param>
    /// <param name="first">The lowest number that goes up.</param>
    /// <param name="count">By how much.</param>
    internal static void MakeRoom(QomObject unattached, int first, int count)
    {
        foreach (QomObject later in unattached.Children.Where(child => NumberOf(child) >= first).OrderByDescending(NumberOf).ToArray())
        {
            int next = NumberOf(later)!.Value + count;
            later.Unparent();
            unattached.AddChild(NameOf(next), later);
        }
    }

    private static string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"device[{number}]");

    private static int? NumberOf(QomObject device)
        => device.Name is { } name && name.StartsWith("device[", StringComparison.Ordinal) && int.TryParse(name.AsSpan(name.IndexOf('[') + 1).TrimEnd(']'), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : null;

    private static TableDevice Make(string type, DeviceContext context) => DeviceFactory.Make(DeviceTypes.Get(type), context);

    private static TableDevice AddFunction(
        MachineBoard board, PciBus bus, DeviceContext context, string type, int number, int address, bool isMultifunction = false)
    {
        TableDevice device = Make(type, context);
        AddNumbered(board, device, number);
        Place(device, bus, address, isMultifunction);
        return device;
    }

    private static TableDevice AddInside(TableDevice owner, string name, PciBus bus, DeviceContext context, string type, int address)
    {
        TableDevice device = Make(type, context);
        owner.AddChild(name, device);
        Place(device, bus, address, isMultifunction: false);
        return device;
    }

    private static void AddToIsa(MachineBoard board, BusObject isa, DeviceContext context, string type, int number)
    {
        TableDevice device = Make(type, context);
        AddNumbered(board, device, number);
        device.PlugInto(isa);
        device.Furnish();
        device.MarkRealized();
    }

    private static void AddNumbered(MachineBoard board, TableDevice device, int number)
        => board.Machine.GetContainer("unattached").AddChild(NameOf(number), device);

    private static void Place(TableDevice device, PciBus bus, int address, bool isMultifunction)
    {
        device.PlugInto(bus);
        device.Store("addr", bus.Occupy(device, address, isMultifunction));
        device.Store("multifunction", QBool.From(isMultifunction));
        device.MarkRealized();
    }
}
