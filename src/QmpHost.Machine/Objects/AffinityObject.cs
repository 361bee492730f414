using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Objects;

/// <summary>Which node of memory a device or a bus is near to: for tables that firmware shows to a guest.</summary>
/// <param name="qomClass">One of the classes.</param>
/// <param name="tree">The tree that it will be in.</param>
public sealed class AffinityObject(QomClass qomClass, QomTree tree) : StoredObject(qomClass, tree)
{
    private const uint Nodes = 128;

    /// <summary>The class for devices.</summary>
    public static QomClass Device { get; } = new("acpi-generic-initiator", QomClass.Object, [Node, StoredProperty.Text("pci-dev", string.Empty)]);

    /// <summary>The class for buses.</summary>
    public static QomClass Bus { get; } = new("acpi-generic-port", QomClass.Object, [Node, StoredProperty.Text("pci-bus", string.Empty)]);

    // QEMU's program ends where the node is none that there can be.
    private static QomProperty Node => StoredProperty.Make(
        "node",
        "int",
        new QNum(0L),
        static r => r.ReadInt64() is var node and >= 0 and < Nodes ? new QNum(node) : throw new QmpException("Invalid NUMA node specified"),
        null);
}
