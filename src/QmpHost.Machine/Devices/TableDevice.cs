using QmpHost.Block.Graph;
using QmpHost.Machine.Devices.Types;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>A device of a recorded type: its place on the bus, its properties, its parts and buses, and its drive where it has one.</summary>
internal class TableDevice : DeviceObject, IHasDrive, IRemovableDevice
{
    // What the recording had to give such devices, or what depends on where they are and what is in them.
    private static readonly HashSet<string> OwnValues =
    [
        "chassis", "chassis_nr", "bus_nr", "serial", "cyls", "heads", "secs", "bios-chs-trans", "unit", "nr", "lun", "scsi-id", "mac", "bootindex",
        "bootindexA", "bootindexB", "port", "nsid", "drive-type", "addr",
    ];

    private static readonly Dictionary<string, string> NeedsCharacterDevice = new(StringComparer.Ordinal)
    {
        ["isa-serial"] = "Can't create serial device, empty char device",
        ["pci-serial"] = "Can't create serial device, empty char device",
        ["isa-parallel"] = "Can't create parallel device, empty char device",
        ["usb-serial"] = "Property chardev is required",
    };

    private bool _hasParts;

    internal TableDevice(DeviceType type, DeviceContext context)
        : base(type.Class, context)
    {
        Type = type;
        Drive = new DriveProperty(this, this, context.Drives);
    }

    /// <summary>The type.</summary>
    internal DeviceType Type { get; }

    public DriveProperty Drive { get; }

    public virtual bool IsRemovable => false;

    public virtual bool? IsTrayOpen => null;

    public virtual bool CanStopOnError => false;

    public bool IsLocked => false;

    public override bool NeedsGuestToUnplug => ParentBus is PciBus;

    /// <summary>Gives the object what each of its class has; called once, before anything else.</summary>
    internal void Initialise()
    {
        foreach ((string name, string type, QomProperty property) in Type.ObjectProperties.Reverse())
        {
            if (TryInitialise(name, type, property))
            {
                continue;
            }

            AddProperty(name.StartsWith("bootindex", StringComparison.Ordinal) ? Context.Boot.MakeProperty(name) : property);
        }
    }

    /// <summary>Adds a bus to a part of a board, which knows its name.</summary>
    internal void Provide(BusObject bus) => AddBus(bus);

    /// <summary>Gives a part of a board what it has inside.</summary>
    internal void Furnish() => AddParts();

    public virtual void ChangeMedium(bool isLoading)
    {
    }

    /// <summary>Handles a property that a kind of devices treats in a way of its own.</summary>
    private protected virtual bool TryInitialise(string name, string type, QomProperty property)
    {
        if (!type.StartsWith("child<", StringComparison.Ordinal))
        {
            return false;
        }

        AddChild(name, new QomObject(PartClasses.Of(type["child<".Length..^1])));
        return true;
    }

    private protected sealed override async ValueTask RealizeAsync()
    {
        int? address = (ParentBus as PciBus)?.Occupy(this, (int)Number("addr"), Flag("multifunction"));
        try
        {
            if (address is not null)
            {
                PciOptions.CheckFirst(this);
            }

            await RealizeFunctionAsync();
            if (address is not null)
            {
                PciOptions.CheckLast(this);
            }

            AddParts();
            ShowWorkingValues();
        }
        catch
        {
            if (address is { } taken)
            {
                ((PciBus)ParentBus!).Free(taken);
            }

            throw;
        }

        if (address is { } place)
        {
            Store("addr", place);
        }
    }

    private protected override ValueTask UnrealizeAsync()
    {
        (ParentBus as PciBus)?.Free((int)Number("addr"));
        if (Context.Balloon == this)
        {
            Context.Balloon = null;
        }

        Drive.Drive?.Release();
        return default;
    }

    private protected override ValueTask DiscardAsync()
    {
        Context.Boot.Remove(this);
        Context.Network?.Detach(this);
        return Drive.CloseAsync();
    }

    /// <summary>Checks the properties and takes what the device needs, once it has its place on the bus.</summary>
    /// <exception cref="QmpException">They do not fit together, or something is missing.</exception>
    private protected virtual ValueTask RealizeFunctionAsync()
    {
        RealizeRules.Check(this);
        if (NeedsCharacterDevice.TryGetValue(Type.Name, out string? message) && Text("chardev").Length == 0)
        {
            throw new QmpException(message);
        }

        if (FindProperty("mac") is not null)
        {
            MacAddress.GiveDefault(this, Context);
        }

        return default;
    }

    /// <summary>Makes a bus that the device provides.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">Its type.</param>
    private protected virtual BusObject MakeBus(string name, string type) => BusMaker.Make(name, type, this);

    private void AddParts()
    {
        if (_hasParts)
        {
            return;
        }

        _hasParts = true;
        bool hasBuses = Buses.Any();
        var parts = new Dictionary<string, QomObject>(StringComparer.Ordinal);
        foreach ((string path, string type) in Type.Parts.OrderBy(static part => PartClasses.IsBus(part.Type)).ThenBy(static part => PartClasses.IsBus(part.Type) ? part.Path : ""))
        {
            int slash = path.LastIndexOf('/');
            QomObject? owner = slash < 0 ? this : parts.GetValueOrDefault(path[..slash]);
            bool isThere = slash < 0 && hasBuses && PartClasses.IsBus(type);
            if (owner is not null && !isThere && owner.FindProperty(path[(slash + 1)..]) is null)
            {
                parts.Add(path, AddPart(owner, path[(slash + 1)..], type));
            }
        }
    }

    private QomObject AddPart(QomObject owner, string name, string type)
    {
        if (owner == this && PartClasses.IsBus(type))
        {
            BusObject bus = MakeBus(NameBus(name, type), type);
            AddBus(bus);
            return bus;
        }

        var part = new QomObject(PartClasses.Of(type));
        owner.AddChild(name, part);
        return part;
    }

    private string NameBus(string recorded, string type) => recorded switch
    {
        "dev0" => Id ?? Context.NextBusName(type),
        _ when recorded.StartsWith("dev0.", StringComparison.Ordinal) => NameBus(type),
        _ => recorded,
    };

    private void ShowWorkingValues()
    {
        foreach ((string name, QObject value) in Type.WorkingValues)
        {
            if (!OwnValues.Contains(name) && (TryGetStored(name) is null || IsAutomatic(name)))
            {
                Store(name, value);
            }
        }
    }

    // A value that says "as the device likes" gives way to what it likes.
    private bool IsAutomatic(string name) => FindProperty(name)?.DefaultValue is QString { Value: "auto" } && Value(name) is QString { Value: "auto" };
}
