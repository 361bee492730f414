using System.Globalization;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>A bus: devices are plugged into it, and each but the topmost belongs to a device.</summary>
/// <remarks>Used on the host's event loop only.</remarks>
public class BusObject : QomObject
{
    private const string SlotPrefix = "child[";

    private readonly List<DeviceObject> _oldestFirst = [];
    private int _nextIndex;

    /// <summary>Makes an empty bus.</summary>
    /// <param name="qomClass">Its class.</param>
    /// <param name="busName">Its name, by which "bus" options find it.</param>
    /// <param name="owner">The device that it belongs to, or null.</param>
    internal BusObject(QomClass qomClass, string busName, DeviceObject? owner)
        : base(qomClass)
    {
        BusName = busName;
        Owner = owner;
        AddProperty(QomProperties.Link("hotplug-handler", "hotplug-handler", static o => ((BusObject)o) is { HandlesItself: true } self ? self : ((BusObject)o).HotplugHandler));
        AddProperty(new QomProperty { Name = "realized", Type = "bool", Get = static o => QBool.From(((BusObject)o).IsRealized) });
    }

    /// <summary>The name by which "bus" options find the bus.</summary>
    public string BusName { get; }

    /// <summary>The device that the bus belongs to, or null for the topmost.</summary>
    public DeviceObject? Owner { get; }

    /// <summary>Most devices that it takes; 0 for any number.</summary>
    public int MaxDevices { get; init; }

    /// <summary>Whether devices may come and go while the machine is there.</summary>
    public bool IsHotpluggable { get; init; }

    /// <summary>The object that handles hotplug, or null.</summary>
    public QomObject? HotplugHandler { get; init; }

    /// <summary>Whether the bus itself handles hotplug.</summary>
    public bool HandlesItself { get; init; }

    /// <summary>Whether the device that it belongs to is realized; the topmost bus never is.</summary>
    public bool IsRealized => Owner is { IsRealized: true };

    /// <summary>Whether it takes no more devices.</summary>
    public bool IsFull => MaxDevices > 0 && _oldestFirst.Count >= MaxDevices;

    /// <summary>The devices, newest first.</summary>
    public IEnumerable<DeviceObject> NewestFirst => Enumerable.Reverse(_oldestFirst);

    /// <summary>Devices that the board has on the bus but the tree does not show: numbering goes on after them.</summary>
    internal int BuiltInCount
    {
        init => _nextIndex = value;
    }

    internal void Plug(DeviceObject device)
    {
        Admit(device);
        Give(device, NameOf(_nextIndex++));
        _oldestFirst.Add(device);
    }

    /// <summary>Gives a device on the bus another number; one that has it already makes room.</summary>
    internal void MoveTo(DeviceObject device, int index)
    {
        string slot = NameOf(index);
        if (Follow(slot) is DeviceObject other && other != device)
        {
            Give(other, NameOf(_nextIndex++));
        }

        Give(device, slot);
        _oldestFirst.Sort(static (one, another) => NumberOf(one).CompareTo(NumberOf(another)));
        _nextIndex = NumberOf(_oldestFirst[^1]) + 1;
    }

    /// <summary>Gives a device that is on the bus the number of another one, which goes up by one with all behind it.</summary>
    internal void MoveBefore(DeviceObject device, DeviceObject other)
    {
        int index = NumberOf(other);
        foreach (DeviceObject later in _oldestFirst.Where(later => later != device && NumberOf(later) >= index).OrderByDescending(NumberOf).ToArray())
        {
            MoveTo(later, NumberOf(later) + 1);
        }

        MoveTo(device, index);
    }

    /// <summary>Checks that the device can have the place on the bus that it asks for.</summary>
    /// <exception cref="Qapi.QmpException">It cannot.</exception>
    private protected virtual void Admit(DeviceObject device)
    {
    }

    private static string NameOf(int index) => string.Create(CultureInfo.InvariantCulture, $"{SlotPrefix}{index}]");

    /// <summary>Whether a property's name is that of a slot, which leads to a device on the bus.</summary>
    internal static bool IsSlot(string name) => name.StartsWith(SlotPrefix, StringComparison.Ordinal);

    /// <summary>The number of a slot.</summary>
    internal static int NumberOf(string slot) => int.Parse(slot.AsSpan(SlotPrefix.Length).TrimEnd(']'), NumberStyles.None, CultureInfo.InvariantCulture);

    private static int NumberOf(DeviceObject device) => NumberOf(device.SlotName);

    private void Give(DeviceObject device, string slot)
    {
        if (device.SlotName == slot)
        {
            return;
        }

        if (device.SlotName.Length > 0)
        {
            RemoveProperty(device.SlotName);
        }

        AddProperty(QomProperties.Link(slot, device.Class.Name, _ => device));
        device.SlotName = slot;
    }

    internal void Unplug(DeviceObject device)
    {
        _oldestFirst.Remove(device);
        RemoveProperty(device.SlotName);
    }
}
