using System.Globalization;
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

            AddProperty(name.StartsWith("bootindex", StringComparison.Ordinal)
                ? Context.Boot.MakeProperty(name)
                : BalloonStatistics.Make(name, Context.Tree.Profile) ?? property);
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

        AddChild(name, MakeInside(type["child<".Length..^1]));
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

            Refuse();
            await RealizeFunctionAsync();
            if (address is not null)
            {
                PciOptions.CheckLast(this);
            }

            AddParts();
            ShowWorkingValues();
            AddCard();
            Context.Input.Add(this);
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

    // What sits on a bus of virtio is the inside of a card.
    private void AddCard()
    {
        if (FindProperty("mac") is not null && Type.Bus != "virtio-bus")
        {
            string name = Id ?? string.Create(CultureInfo.InvariantCulture, $"{Type.Name}.{Context.Cards.Count(card => card.Model == Type.Name)}");
            Context.Cards.Add(new NetworkCard(name, Type.Name, this));
        }
    }

    // What such a device would pass requests on to is not there.
    private void Refuse()
    {
        if (Type.Refusal is { } reason)
        {
            throw new QmpException(Drive.Drive is null ? reason : "cannot get SG_IO version number: Operation not supported");
        }
    }

    private protected override ValueTask UnrealizeAsync()
    {
        Context.Cards.RemoveAll(card => card.Device == this);
        Context.Input.Remove(this);
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
        foreach (DevicePart part in InOrderOfMaking())
        {
            int slash = part.Path.LastIndexOf('/');
            QomObject? owner = slash < 0 ? this : parts.GetValueOrDefault(part.Path[..slash]);
            bool isThere = slash < 0 && hasBuses && PartClasses.IsBus(part.Type);
            if (owner is not null && !isThere && owner.FindProperty(part.Path[(slash + 1)..]) is null)
            {
                parts.Add(part.Path, AddPart(owner, part, part.Path[(slash + 1)..], parts));
            }
        }

        foreach ((string name, string type, string path) in Type.FurtherLinks.Reverse())
        {
            if (FindProperty(name) is null)
            {
                AddProperty(QomProperties.Link(name, type["link<".Length..^1], _ => path.Length == 0 ? null : Tree.ResolveAt(this, path)));
            }
        }
    }

    // What is listed first was made last, buses apart; owners come before what they own.
    private IEnumerable<DevicePart> InOrderOfMaking() => Type.Parts.Reverse()
        .OrderBy(static part => PartClasses.IsBus(part.Type)).ThenBy(static part => part.Path.Count(static c => c == '/')).ThenBy(MasterRank)
        .ThenBy(static part => PartClasses.IsBus(part.Type) ? part.Path : "", StringComparer.Ordinal);

    // A PCI device reaches memory from the start, but on a machine that is not ready only when it is.
    private int MasterRank(DevicePart part) => part.Path switch
    {
        "bus master container[0]" => -2,
        "bus master[0]" => IsHotplugged ? -1 : 1,
        _ => 0,
    };

    private QomObject AddPart(QomObject owner, DevicePart part, string name, Dictionary<string, QomObject> parts)
    {
        string type = part.Type;
        if (owner == this && PartClasses.IsBus(type))
        {
            BusObject bus = MakeBus(NameBus(name, type), type);
            AddBus(bus);
            return bus;
        }

        QomObject made = part.Region is { } region ? MakeRegion(region, parts) : MakeInside(type);
        owner.AddChild(name, made);
        return made;
    }

    // The container is inside the device, or of the board.
    private MemoryRegionObject MakeRegion(QDict region, Dictionary<string, QomObject> parts)
    {
        string path = ((QString)region["container"]).Value;
        return new(() => path.StartsWith('/') ? Tree.ResolveAt(this, path) : parts.GetValueOrDefault(path), region["addr"], region["size"], region["priority"]);
    }

    // A device may have others inside, which work as it does.
    private QomObject MakeInside(string type)
    {
        if (DeviceTypes.Find(type) is not { IsAbstract: false } known || !known.IsA("device"))
        {
            return new QomObject(PartClasses.Of(type));
        }

        TableDevice inside = DeviceFactory.Make(known, Context);
        inside.MarkRealized();
        return inside;
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
