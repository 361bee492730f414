using QmpHost.Machine.Devices.Types;
using QmpHost.Machine.Qom;

namespace QmpHost.Machine.Devices;

/// <summary>The kinds of boards, and what is on them before any device is added.</summary>
public sealed class MachineBoard
{
    private static readonly QomClass MachineClass = new("machine", QomClass.Object, isAbstract: true);

    private static readonly Kind[] Kinds =
    [
        new("pc-i440fx-7.2", "Standard PC (i440FX + PIIX, 1996)", FurnishI440Fx, "pc"),
        new("pc-q35-7.2", "Standard PC (Q35 + ICH9, 2009)", FurnishQ35, "q35"),
        new("none", "empty machine"),
    ];

    private readonly Kind _kind;

    private MachineBoard(Kind kind)
    {
        _kind = kind;
        Machine = new QomObject(new QomClass($"{kind.Name}-machine", MachineClass));
        MainBus = new BusObject(BusClass.System, "main-system-bus", null);
    }

    /// <summary>The alias of the board that is taken when none is named.</summary>
    public static string Default => "pc";

    internal QomObject Machine { get; }

    internal BusObject MainBus { get; }

    /// <summary>The first PCI bus, or null on a board without one.</summary>
    internal PciBus? PciRoot { get; private set; }

    /// <summary>Makes the board of a name, or null when there is none of that name.</summary>
    /// <param name="name">The name or an alias.</param>
    public static MachineBoard? TryMake(string name)
        => Array.Find(Kinds, kind => kind.Name == name || kind.Alias == name) is { } kind ? new MachineBoard(kind) : null;

    /// <summary>The boards as the option "-machine help" lists them, a line each.</summary>
    public static IEnumerable<string> List()
    {
        foreach (Kind kind in Kinds)
        {
            if (kind.Alias is { } alias)
            {
                yield return $"{alias,-20} {kind.Description} (alias of {kind.Name})";
            }

            yield return $"{kind.Name,-20} {kind.Description}{(kind.Alias == Default ? " (default)" : string.Empty)}";
        }
    }

    internal void Build(QomTree tree, DeviceContext context)
    {
        tree.Root.AddChild("machine", Machine);
        Machine.GetContainer("unattached").AddChild("sysbus", MainBus);
        Machine.GetContainer("peripheral");
        Machine.GetContainer("peripheral-anon");
        if (_kind.Furnish is { } furnish)
        {
            _ = tree.Objects;
            furnish(this, context);
        }
    }

    private static void FurnishI440Fx(MachineBoard board, DeviceContext context)
    {
        context.NextBusName("PCI");
        PciBus bus = board.AddBridge(context, "i440fx", "i440FX-pcihost", BusClass.Pci, "pci.0", hotpluggable: true);
        BoardParts.FurnishI440Fx(board, bus, context);
    }

    private static void FurnishQ35(MachineBoard board, DeviceContext context)
    {
        PciBus bus = board.AddBridge(context, "q35", "q35-pcihost", BusClass.PciExpress, "pcie.0", hotpluggable: false);
        BoardParts.FurnishQ35(board, bus, context);
    }

    private PciBus AddBridge(DeviceContext context, string name, string className, QomClass busClass, string busName, bool hotpluggable)
    {
        var bridge = new HostBridge(DeviceTypes.Get(className).Class, context);
        PciRoot = new PciBus(busClass, busName, bridge) { IsHotpluggable = hotpluggable };
        Machine.AddChild(name, bridge);
        bridge.Provide(PciRoot);
        bridge.PlugInto(MainBus);
        bridge.MarkRealized();
        return PciRoot;
    }

    private sealed record Kind(string Name, string Description, Action<MachineBoard, DeviceContext>? Furnish = null, string? Alias = null);
}
