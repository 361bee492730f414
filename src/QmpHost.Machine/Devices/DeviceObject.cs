using System.Globalization;
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

    private readonly Dictionary<string, QomObject> _links = new(StringComparer.Ordinal);
    private IDisposable? _characterDevice;

    private protected DeviceObject(QomClass qomClass, DeviceContext context)
        : base(qomClass) => Context = context;

    /// <summary>The id that the client gave, or null.</summary>
    public string? Id { get; internal set; }

    /// <summary>The bus that the device is plugged into, or null.</summary>
    public BusObject? ParentBus { get; private set; }

    /// <summary>Whether the device works.</summary>
    public bool IsRealized { get; private set; }

    /// <summary>Whether the device came after the machine had started.</summary>
    public bool IsHotplugged { get; internal set; }

    /// <summary>Whether the device may come and go at any time, which its bus has to allow.</summary>
    public bool IsHotpluggable => !IsBuiltIn && ParentBus is not { IsHotpluggable: false };

    /// <summary>Whether the board cannot be without the device.</summary>
    internal bool IsBuiltIn { get; set; }

    /// <summary>Whether the guest has to agree before the device goes.</summary>
    public virtual bool NeedsGuestToUnplug => false;

    /// <summary>Whether the guest may be asked again while it has not let the device go.</summary>
    internal virtual bool MayBeAskedAgain => false;

    /// <summary>Why the device cannot be removed while the machine runs; null where it can.</summary>
    internal virtual string? ReasonToStay => null;

    /// <summary>Whether the device waits for the guest to let it go.</summary>
    public bool IsUnplugPending { get; internal set; }

    /// <summary>The id, or the path of a device without one.</summary>
    public string IdOrPath => Id ?? Path;

    /// <summary>The machine around the device.</summary>
    internal DeviceContext Context { get; }

    /// <summary>The tree of all objects.</summary>
    internal QomTree Tree => Context.Tree;

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
        DetachCharacterDevice();
        ParentBus?.Unplug(this);
        ParentBus = null;
        gone(this, path);
        Unparent();
    }

    /// <summary>The value of a property, or its default.</summary>
    internal QObject Value(string name)
        => _values.TryGetValue(name, out QObject? value) ? value : FindProperty(name) is { } property ? property.DefaultValue ?? ZeroOf(property.Type) : new QString("");

    /// <summary>The value that a property was given, or null.</summary>
    internal QObject? TryGetStored(string name) => _values.GetValueOrDefault(name);

    internal string Text(string name) => Value(name) is QString text ? text.Value : string.Empty;

    internal bool Flag(string name) => Value(name) is QBool { Value: true };

    internal long Number(string name) => Value(name) is QNum number ? number.TryGetInt64(out long value) ? value : long.MaxValue : 0;

    internal void Store(string name, QObject value) => _values[name] = value;

    internal void Store(string name, long value) => _values[name] = new QNum(value);

    /// <summary>The object that a link leads to, or null.</summary>
    internal QomObject? LinkTarget(string name) => _links.GetValueOrDefault(name);

    internal void SetLink(string name, QomObject? target)
    {
        _links.Remove(name);
        if (target is not null)
        {
            _links.Add(name, target);
        }
    }

    /// <summary>Attaches the device to a character device, in place of one that it was attached to.</summary>
    /// <exception cref="QmpException">There is none of the name, or it is in use.</exception>
    internal void AttachCharacterDevice(string id)
    {
        _characterDevice?.Dispose();
        _characterDevice = null;
        try
        {
            _characterDevice = Context.CharacterDevices?.TryAttach(id, IsOpenForPeers)
                ?? throw new QmpException($"Property '{Class.Name}.chardev' can't find value '{id}'");
        }
        catch (QmpException e) when (e.Message.EndsWith("is in use", StringComparison.Ordinal))
        {
            throw new QmpException($"Property '{Class.Name}.chardev' can't take value '{id}', it's in use", e);
        }

        Store("chardev", new QString(id));
    }

    internal void DetachCharacterDevice()
    {
        _characterDevice?.Dispose();
        _characterDevice = null;
    }

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

    // Ports of serial lines are open as long as they are there; those of virtio are opened by the guest.
    private protected virtual bool IsOpenForPeers => true;

    /// <summary>The bus that is to have a name of its own, or else one made of the device's id or of the bus's type.</summary>
    private protected string NameBus(string type) => Id is { } id
        ? string.Create(CultureInfo.InvariantCulture, $"{id}.{_buses.Count}")
        : Context.NextBusName(type);

    private static QObject ZeroOf(string type) => type switch
    {
        "bool" => QBool.From(false),
        "uint8" or "uint16" or "uint32" or "uint64" or "int8" or "int16" or "int32" or "int64" or "int" or "size" => new QNum(0L),
        _ => new QString(""),
    };

    /// <summary>Sets the device to work.</summary>
    /// <exception cref="QmpException">Its properties do not fit together, or something that it needs is not there.</exception>
    private protected abstract ValueTask RealizeAsync();

    /// <summary>Stops the device's work.</summary>
    private protected virtual ValueTask UnrealizeAsync() => default;

    /// <summary>Gives back what properties hold; called for devices that were never realized, too.</summary>
    private protected virtual ValueTask DiscardAsync() => default;
}
