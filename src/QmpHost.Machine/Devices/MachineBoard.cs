using QmpHost.Machine.Devices.Recorded;
using QmpHost.Machine.Devices.Types;
using QmpHost.Machine.Facts;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>The kinds of boards, and what is on them before any device is added.</summary>
public sealed class MachineBoard
{
    private static readonly QomClass MachineClass = new("machine", QomClass.Object, isAbstract: true);

    // What is on a board, by the beginning of its name.
    private static readonly (string Prefix, Action<MachineBoard, DeviceContext>? Furnish)[] Families =
    [
        ("pc-i440fx-", FurnishI440Fx),
        ("pc-q35-", FurnishQ35),
        ("none", null),
        ("microvm", null),
        ("isapc", null),
        ("x-remote", null),
    ];

    private readonly Action<MachineBoard, DeviceContext>? _furnish;

    private MachineBoard(string name, Action<MachineBoard, DeviceContext>? furnish)
    {
        Name = name;
        _furnish = furnish;
        Machine = new QomObject(new QomClass($"{name}-machine", MachineClass));
        MainBus = new BusObject(BusClass.System, "main-system-bus", null);
    }

    /// <summary>The alias of the board that is taken when none is named.</summary>
    public static string Default => "pc";

    internal QomObject Machine { get; }

    internal BusObject MainBus { get; }

    /// <summary>The first PCI bus, or null on a board without one.</summary>
    internal PciBus? PciRoot { get; private set; }

    /// <summary>Its name, no alias.</summary>
    public string Name { get; }

    /// <summary>Makes the board of a name, or null when there is none of that name.</summary>
    /// <param name="name">The name or an alias.</param>
    /// <param name="profile">The release whose boards there are.</param>
    public static MachineBoard? TryMake(string name, VersionProfile profile)
    {
        // The empty one is what most hosts have, and needs no facts.
        string? known = name == "none" ? name : MachineFacts.Of(profile).Find(name)?.Name;
        foreach ((string prefix, Action<MachineBoard, DeviceContext>? furnish) in Families)
        {
            if (known is not null && known.StartsWith(prefix, StringComparison.Ordinal))
            {
                return new MachineBoard(known, furnish);
            }
        }

        return null;
    }

    internal void Build(QomTree tree, DeviceContext context)
    {
        tree.Root.AddChild("machine", Machine);
        Machine.GetContainer("unattached").AddChild("sysbus", MainBus);
        Machine.GetContainer("peripheral");
        Machine.GetContainer("peripheral-anon");
        if (_furnish is { } furnish)
        {
            _ = tree.Objects;
            furnish(this, context);
        }

        if (BoardRecord.Find(Name, tree.Profile) is { } record)
        {
            BoardSkeleton.Build(this, record, context);
            tree.Completion = new BoardFurniture(this, record, context).Complete;
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
}
