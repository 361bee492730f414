using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>
/// A device. It is made, plugged into a bus, given its properties and then realized; from then on most properties
/// are fixed. Used on the host's event loop only.
/// </summary>
public abstract class DeviceObject : QomObject
{
    private readonly Dictionary<string, QObject> _values = new(StringComparer.Ordinal);
    private readonly List<BusObject> _buses = [];

    private protected DeviceObject(QomClass qomClass)
        : base(qomClass)
    {
    }

    /// <summary>The id that the client gave, or null.</summary>
    public string? Id { get; internal set; }

    /// <summary>The bus that the device is plugged into, or null.</summary>
    public BusObject? ParentBus { get; private set; }

    /// <summary>Whether the device works.</summary>
    public bool IsRealized { get; private set; }

    /// <summary>Whether the device came after the machine had started.</summary>
    public bool IsHotplugged { get; internal set; }

    /// <summary>Whether the device may come and go at any time, which its bus has to allow.</summary>
    public bool IsHotpluggable => ParentBus is not { IsHotpluggable: false };

    /// <summary>Whether the guest has to agree before the device goes.</summary>
    public virtual bool NeedsGuestToUnplug => false;

    /// <summary>Whether the device waits for the guest to let it go.</summary>
    public bool IsUnplugPending { get; internal set; }

    /// <summary>The id, or the path of a device without one.</summary>
    public string IdOrPath => Id ?? Path;

    /// <summary>The buses that the device provides, newest first.</summary>
    public IEnumerable<BusObject> Buses => Enumerable.Reverse(_buses);

    /// <summary>The name of the bus's property that leads to the device.</summary>
    internal string SlotName { get; set; } = "";

    internal void PlugInto(BusObject bus)
    {
        bus.Plug(this);
        ParentBus = bus;
    }

    /// <summary>Notes that a part of the board works; there is nothing to do for it.</summary>
    internal void MarkRealized() => IsRealized = true;

    internal async ValueTask SetRealizedAsync(bool realized)
    {
        if (realized == IsRealized)
        {
            return;
        }

        if (realized)
        {
            await RealizeAsync();
            IsRealized = true;
        }
        else
        {
            await UnrealizeAsync();
            IsRealized = false;
        }
    }

    /// <summary>Takes the device and everything on its buses out of the tree; each that goes is told, inner ones first.</summary>
    internal async ValueTask DismantleAsync(Action<DeviceObject, string> gone)
    {
        string path = Path;
        foreach (BusObject bus in Buses)
        {
            foreach (DeviceObject device in bus.NewestFirst.ToArray())
            {
                await device.DismantleAsync(gone);
            }
        }

        await SetRealizedAsync(false);
        await DiscardAsync();
        ParentBus?.Unplug(this);
        ParentBus = null;
        gone(this, path);
        Unparent();
    }

    /// <summary>The value of a property, or its default.</summary>
    internal QObject Value(string name)
        => _values.TryGetValue(name, out QObject? value) ? value : FindProperty(name)?.DefaultValue ?? new QString("");

    internal string Text(string name) => ((QString)Value(name)).Value;

    internal bool Flag(string name) => ((QBool)Value(name)).Value;

    internal long Number(string name) => ((QNum)Value(name)).TryGetInt64(out long value) ? value : long.MaxValue;

    internal void Store(string name, QObject value) => _values[name] = value;

    internal void Store(string name, long value) => _values[name] = new QNum(value);

    internal void CheckNotRealized(string property)
    {
        if (IsRealized)
        {
            string who = Id is null ? "anonymous device" : $"device '{Id}'";
            throw new QmpException($"Attempt to set property '{property}' on {who} (type '{Class.Name}') after it was realized");
        }
    }

    /// <summary>Adds a bus that belongs to the device.</summary>
    private protected void AddBus(BusObject bus, string? childName = null)
    {
        AddChild(childName ?? bus.BusName, bus);
        _buses.Add(bus);
    }

    /// <summary>Sets the device to work.</summary>
    /// <exception cref="QmpException">Its properties do not fit together, or something that it needs is not there.</exception>
    private protected abstract ValueTask RealizeAsync();

    /// <summary>Stops the device's work.</summary>
    private protected virtual ValueTask UnrealizeAsync() => default;

    /// <summary>Gives back what properties hold; called for devices that were never realized, too.</summary>
    private protected virtual ValueTask DiscardAsync() => default;
}
