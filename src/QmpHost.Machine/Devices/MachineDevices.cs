using QmpHost.Machine.Boards;
using QmpHost.Machine.Devices.Types;
using QmpHost.Machine.Network;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Machine.Devices;

/// <summary>The devices of a machine: device_add, device_del, and the option "-device". Used on the host's event loop only.</summary>
public sealed class MachineDevices
{
    private readonly QomTree _tree;
    private readonly MachineBoard _board;
    private readonly DeviceContext _context;
    private readonly IQapiEventSink _events;
    private readonly SynchronizationContext _loop;
    private int _nextAnonymous;

    /// <summary>Puts a board into the tree.</summary>
    /// <param name="tree">The host's tree.</param>
    /// <param name="board">The board, which belongs to this machine from now on.</param>
    /// <param name="drives">The block layer.</param>
    /// <param name="events">Where DEVICE_DELETED goes.</param>
    /// <param name="loop">The host's event loop.</param>
    public MachineDevices(QomTree tree, MachineBoard board, IDriveProvider drives, IQapiEventSink events, SynchronizationContext loop)
    {
        ArgumentNullException.ThrowIfNull(tree);
        ArgumentNullException.ThrowIfNull(board);
        _tree = tree;
        _board = board;
        _events = events;
        _loop = loop;
        _context = new DeviceContext { Tree = tree, Drives = drives, Events = events, Board = board.Name };
        board.Build(tree, _context);
    }

    /// <summary>What the command line says of the machine, and the host's clock, for whoever looks at the board.</summary>
    /// <param name="configuration">The machine.</param>
    /// <param name="clock">The clock.</param>
    public void Configure(MachineConfiguration configuration, TimeProvider clock)
    {
        _context.Configuration = configuration;
        _context.Clock = clock;
    }

    /// <summary>The character devices that guest devices can be attached to.</summary>
    public ICharacterFrontEnds? CharacterDevices
    {
        get => _context.CharacterDevices;
        set => _context.CharacterDevices = value;
    }

    /// <summary>The network backends that cards can be attached to.</summary>
    public NetworkBackends? Network
    {
        get => _context.Network;
        set => _context.Network = value;
    }

    /// <summary>query-pci.</summary>
    /// <returns>The first bus, or nothing on a board without PCI.</returns>
    public IReadOnlyList<PciInfo> QueryPci() => PciQuery.Describe(_board.PciRoot);

    /// <summary>The devices that cannot go along with the machine to another process, as messages call them.</summary>
    public IEnumerable<string> ListStaying()
        => (_board.PciRoot?.Functions ?? []).Where(static entry => entry.Device is NvmeController)
            .Select(static entry => $"0000:00:{entry.Address / PciAddress.Functions:x2}.{entry.Address % PciAddress.Functions}/{entry.Device.Type.Name}");

    /// <summary>The kinds of devices as the option "-device help" lists them, a line each.</summary>
    /// <returns>The lines, groups parted by empty ones.</returns>
    public static IEnumerable<string> ListModels() => DeviceListing.List();

    /// <summary>The properties of a kind of devices as the option "-device KIND,help" lists them.</summary>
    /// <param name="name">The kind's name or alias.</param>
    /// <returns>The lines, or null where there is no such kind.</returns>
    public IEnumerable<string>? ListProperties(string name)
    {
        if (!DeviceTypes.TryFindDevice(name, out DeviceType? type))
        {
            return null;
        }

        // Some properties are not the class's but those of a part inside: only a device has them.
        TableDevice device = DeviceFactory.Make(type, _context);
        IEnumerable<string> hidden = DeviceClass.Device.Properties.Select(NameOf).Concat(device.Buses.Select(static bus => bus.Name!));
        return PropertyHelp.List(
            type.Class,
            device.Properties.ExceptBy(hidden, NameOf).Where(static property => !property.Name.StartsWith("legacy-", StringComparison.Ordinal)
                && (!property.IsChild || property.Name == "virtio-backend")));
    }

    /// <summary>The processors.</summary>
    public MachineProcessors? Processors { get; set; }

    /// <summary>Whether devices that are added now come to a machine that has started.</summary>
    public bool IsStarted { get; set; }

    private QomObject Peripheral => _board.Machine.GetContainer("peripheral");

    private QomObject Anonymous => _board.Machine.GetContainer("peripheral-anon");

    /// <summary>Adds a device.</summary>
    /// <param name="options">
    /// "driver", and optionally "id", "bus" and properties of the device; scalars of any type are read as their text,
    /// as the command line would give them, and members of other types are not looked at, as in QEMU.
    /// </param>
    /// <param name="hasTypes">Whether scalars must be of the types that the properties have, as in JSON on the command line.</param>
    /// <exception cref="QmpException">The device cannot be added; nothing has changed.</exception>
    public async ValueTask AddAsync(QDict options, bool hasTypes = false)
    {
        ArgumentNullException.ThrowIfNull(options);
        Dictionary<string, string> texts = DeviceOptions.ToTexts(options);
        string? id = TakeId(options, texts, isChecked: !hasTypes);
        foreach (string name in hasTypes ? new[] { "driver", "bus" } : [])
        {
            if (!options.TryGetValue(name, out QObject? given) || given is not QString)
            {
                texts.Remove(name);
            }
        }

        if (texts.TryGetValue("driver", out string? driver) && ProcessorPlug.IsProcessor(driver))
        {
            AddProcessor(ProcessorPlug.Make(driver, texts, _board, Processors, _context), id);
            return;
        }

        DeviceType type = TakeType(texts);
        RequireModuleSockets(type);
        BusObject? bus = TakeBus(type, texts);
        TableDevice device = DeviceFactory.Make(type, _context);
        device.IsHotplugged = IsStarted;
        if (hasTypes)
        {
            RequireName(id);
        }

        GiveName(device, id);
        try
        {
            await ApplyGlobalsAsync(device);
            foreach (QomValueReader value in hasTypes ? ReadTyped(options) : texts.OrderBy(static text => WireOrder.BucketOf(text.Key)).Select(static text => new KeyvalValueReader(text.Key, text.Value)))
            {
                await QomTree.SetPropertyAsync(device, value);
            }

            if (bus is not null)
            {
                device.PlugInto(bus);
            }

            await device.SetRealizedAsync(true);
        }
        catch
        {
            await AbandonAsync(device);
            throw;
        }
    }

    private void RequireModuleSockets(DeviceType type)
        => QmpException.ThrowIf(
            IsStarted && type.IsA("pc-dimm") && !ProcessorPlug.HasSockets(_board), $"Device '{type.Name}' can not be hotplugged on this machine");

    private void AddProcessor(ProcessorDevice processor, string? id)
    {
        processor.IsHotplugged = IsStarted;
        GiveName(processor, id);
        processor.MarkRealized();
        Processors!.Add(processor);
    }

    // What worked inside the device until it failed is said to go; the device was never there.
    private ValueTask AbandonAsync(TableDevice device)
    {
        HashSet<DeviceObject> working = [.. device.Buses.SelectMany(static bus => bus.NewestFirst).Where(static inner => inner.IsRealized)];
        return device.DismantleAsync((gone, path) =>
        {
            if (working.Contains(gone))
            {
                _events.Emit(new DeviceDeletedEvent { Device = gone.Id, Path = path });
            }
        });
    }

    /// <summary>Has all devices that are added from now on begin with a value.</summary>
    /// <param name="property">The value.</param>
    /// <returns>Whether there is such a type.</returns>
    public bool AddGlobal(GlobalProperty property)
    {
        ArgumentNullException.ThrowIfNull(property);
        _context.Globals.Add(property);
        return DeviceTypes.Find(property.Driver) is not null || property.Driver.EndsWith("-cpu", StringComparison.Ordinal);
    }

    /// <summary>Adds the USB controller that is a function of the older board's south bridge.</summary>
    public async ValueTask AddUsbAsync()
    {
        TableDevice device = DeviceFactory.Make(DeviceTypes.Get("piix3-usb-uhci"), _context);
        BusObject bus = BusPath.Find(_board.MainBus, "pci.0");
        BoardParts.AddAfter(_board, BusPath.Find(_board.MainBus, "ide.0").Owner!, device);
        await QomTree.SetPropertyAsync(device, new KeyvalValueReader("addr", "01.2"));
        device.PlugInto(bus);
        await device.SetRealizedAsync(true);
    }

    /// <summary>Gives the firmware of the board a chip.</summary>
    /// <param name="unit">The chip's number.</param>
    /// <param name="drive">The drive that is in it.</param>
    /// <exception cref="QmpException">There is no such drive, or it is empty or in use.</exception>
    public async ValueTask AddFlashAsync(int unit, string drive)
    {
        TableDevice device = DeviceFactory.Make(DeviceTypes.Get("cfi.pflash01"), _context);
        _board.Machine.AddChild(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"system.flash{unit}"), device);
        await QomTree.SetPropertyAsync(device, new KeyvalValueReader("drive", drive));
        IDrive content = device.Drive.Drive!;
        if (!content.HasMedium)
        {
            throw new QmpException($"can't get size of block device {drive}: No medium found");
        }

        content.Claim(content.IsWritable, shareWrite: false, shareResize: false);
        device.MarkRealized();
    }

    /// <summary>Adds a device that the board has besides those that it is never without: a graphic card, a network card, a port.</summary>
    /// <param name="options">"driver" and properties, as texts.</param>
    /// <returns>False where this build has no such type.</returns>
    /// <exception cref="QmpException">It cannot be added.</exception>
    public async ValueTask<bool> AddBoardPartAsync(QDict options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Dictionary<string, string> texts = DeviceOptions.ToTexts(options);
        if (!texts.Remove("driver", out string? name) || !DeviceTypes.TryFindDevice(name, out DeviceType? type))
        {
            return false;
        }

        TableDevice device = DeviceFactory.Make(type, _context);
        DeviceObject? follower = type.Bus == "ISA" ? BoardParts.AddBefore(_board, device, "isa-fdc", "i8042")
            : type.IsA("pci-vga") || type.Categories.Contains("Display") ? BoardParts.AddBefore(_board, device, IsOlder ? "hpet" : string.Empty)
            : BoardParts.AddBefore(_board, device, "piix3-ide");
        try
        {
            await ApplyGlobalsAsync(device);
            foreach ((string property, string text) in texts)
            {
                await QomTree.SetPropertyAsync(device, new KeyvalValueReader(property, text));
            }

            BusObject bus = type.Bus == "ISA" ? BusPath.Find(_board.MainBus, "isa.0") : _board.PciRoot!;
            device.PlugInto(bus);
            await device.SetRealizedAsync(true);
            if (follower?.ParentBus == bus)
            {
                bus.MoveBefore(device, follower);
            }
            else if (bus == _board.PciRoot && bus.NewestFirst.FirstOrDefault(static other => other.Class.Name == "piix3-ide") is { } ide)
            {
                bus.MoveBefore(device, ide);
            }
        }
        catch
        {
            await device.DismantleAsync(static (_, _) => { });
            throw;
        }

        PortPlaces.Show(device);
        return true;
    }

    private bool IsOlder => _board.Name.StartsWith("pc-i440fx-", StringComparison.Ordinal);

    private async ValueTask ApplyGlobalsAsync(TableDevice device)
    {
        foreach (GlobalProperty property in _context.Globals)
        {
            if (device is VirtioPciDevice { Backend: TableDevice inside })
            {
                await property.ApplyAsync(inside);
            }

            await property.ApplyAsync(device);
        }
    }

    /// <summary>Adds a device that belongs to the board, as those that drives of the older kind get.</summary>
    /// <param name="typeName">Its type.</param>
    /// <param name="busName">The bus.</param>
    /// <param name="unit">The unit on the bus.</param>
    /// <param name="drive">The drive.</param>
    /// <exception cref="QmpException">It cannot be added.</exception>
    public async ValueTask AddToBoardAsync(string typeName, string busName, int unit, string drive)
    {
        TableDevice device = DeviceFactory.Make(DeviceTypes.Get(typeName), _context);
        BusObject bus = BusPath.Find(_board.MainBus, busName);
        BoardParts.AddAfter(_board, bus.Owner!, device);
        try
        {
            await ApplyGlobalsAsync(device);
            await QomTree.SetPropertyAsync(device, new KeyvalValueReader("drive", drive));
            await QomTree.SetPropertyAsync(device, new KeyvalValueReader("unit", unit.ToString(System.Globalization.CultureInfo.InvariantCulture)));
            device.PlugInto(bus);
            await device.SetRealizedAsync(true);
        }
        catch
        {
            await device.DismantleAsync(static (_, _) => { });
            throw;
        }
    }

    /// <summary>
    /// Removes a device, or asks the guest to let it go: then it goes with the next reset. DEVICE_DELETED follows
    /// when it has gone, not before the caller continues.
    /// </summary>
    /// <param name="id">The device's id, or its path.</param>
    /// <exception cref="QmpException">There is no such device, or it cannot be removed.</exception>
    public async ValueTask RemoveAsync(string id)
    {
        if (_tree.ResolveAt(Peripheral, id) is IProcessor processor)
        {
            throw ProcessorPlug.Refuse(processor, Processors!.TypeName);
        }

        DeviceObject device = Find(id);
        if (device.ReasonToStay is { } reason)
        {
            throw new QmpException(reason);
        }

        if (device.IsUnplugPending && !device.MayBeAskedAgain)
        {
            throw new QmpException($"Device {id} is already in the process of unplug");
        }

        if (device.ParentBus is { IsHotpluggable: false } bus)
        {
            throw new QmpException($"Bus '{bus.BusName}' does not support hotplugging");
        }

        if (device is TableDevice { Type.IsFixed: true } or { IsBuiltIn: true })
        {
            throw new QmpException($"Device '{device.Class.Name}' does not support hotplugging");
        }

        if (device.NeedsGuestToUnplug)
        {
            device.IsUnplugPending = true;
            UnplugRequested?.Invoke(id);
            return;
        }

        await DismantleAsync(device);
    }

    /// <summary>Raised with the id or path of a device that the guest is asked to let go.</summary>
    public event Action<string>? UnplugRequested;

    /// <summary>The guest lets a device go; nothing happens unless it was asked to.</summary>
    /// <param name="id">The device's id, or its path.</param>
    /// <returns>A task that ends when it has gone.</returns>
    public async ValueTask ReleaseAsync(string id)
    {
        if (_tree.ResolveAt(Peripheral, id) is DeviceObject { IsUnplugPending: true } device)
        {
            await DismantleAsync(device);
        }
    }

    /// <summary>Whether the board has a device of a type.</summary>
    /// <param name="prefix">What the type's name begins with.</param>
    public bool HasDevice(string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        return Peripheral.Children.Concat(Anonymous.Children).OfType<TableDevice>().Any(device => device.Type.Name.StartsWith(prefix, StringComparison.Ordinal));
    }

    /// <summary>query-memory-devices.</summary>
    /// <returns>The devices, by address.</returns>
    public IReadOnlyList<MemoryDeviceInfo> ListMemory() => [.. _context.Memory.Devices.Select(static device => device.Describe())];

    /// <summary>How many bytes of memory the guest has through devices.</summary>
    public long PluggedMemory => _context.Memory.Devices.Sum(static device => device.PluggedBytes);

    /// <summary>How many bytes of memory a memory node has through devices.</summary>
    /// <param name="node">The node.</param>
    public long PluggedMemoryOf(int node)
        => _context.Memory.Devices.Where(device => ((DeviceObject)device).Number("node") == node).Sum(static device => device.PluggedBytes);

    /// <summary>The sockets for memory modules: the id of the module in each, null without an id or without a module.</summary>
    public IEnumerable<string?> MemorySlots => _context.Memory.Slots;

    /// <summary>What takes keys and movements.</summary>
    public InputHandlers Input => _context.Input;

    /// <summary>The network cards, oldest first.</summary>
    public IReadOnlyList<NetworkCard> Cards => _context.Cards;

    /// <summary>Resets the machine: devices that waited for the guest to let them go, go.</summary>
    public async ValueTask ResetAsync()
    {
        foreach (TableDevice device in PciBuses(_board.MainBus).SelectMany(static b => b.PendingUnplugs).ToArray())
        {
            await DismantleAsync(device);
        }
    }

    /// <summary>Takes every device away, as when the host ends; no events are sent.</summary>
    public async ValueTask CloseAsync()
    {
        foreach (DeviceObject device in Peripheral.Children.Concat(Anonymous.Children).Concat(_board.Machine.GetContainer("unattached").Children).Concat(_board.Machine.Children)
            .OfType<TableDevice>().Where(device => device.Parent != _board.Machine.GetContainer("unattached") || device.Drive.Drive is not null).ToArray())
        {
            if (device.Parent is not null)
            {
                await device.DismantleAsync(static (_, _) => { });
            }
        }
    }

    /// <summary>Whether there is a device of an id or path.</summary>
    /// <param name="id">The id, or an absolute path.</param>
    public bool Exists(string id) => _tree.ResolveAt(Peripheral, id) is DeviceObject;

    /// <summary>The device of an id or path.</summary>
    /// <param name="id">The id, or an absolute path.</param>
    /// <exception cref="QmpException">There is none.</exception>
    public DeviceObject Find(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return _tree.ResolveAt(Peripheral, id) switch
        {
            DeviceObject device => device,
            null => throw new QmpException(QmpErrorClass.DeviceNotFound, $"Device '{id}' not found"),
            _ => throw new QmpException($"{id} is not a {(_tree.Profile.Has(Behaviour.WhatIsNoDeviceIsTold) ? string.Empty : "hotpluggable ")}device"),
        };
    }

    /// <summary>The virtio devices behind their proxies.</summary>
    public IEnumerable<QomObject> ListVirtio()
        => Peripheral.Children.Concat(Anonymous.Children).OfType<VirtioPciDevice>().SelectMany(static proxy => proxy.Children).OfType<VirtioDevice>();

    private static string NameOf(QomProperty property) => property.Name;

    private static IEnumerable<PciBus> PciBuses(BusObject bus)
    {
        IEnumerable<PciBus> below = bus.NewestFirst.SelectMany(static d => d.Buses).SelectMany(PciBuses);
        return bus is PciBus pci ? below.Prepend(pci) : below;
    }

    // An id that is no string counts as none.
    private static string? TakeId(QDict options, Dictionary<string, string> texts, bool isChecked)
    {
        if (!texts.Remove("id", out string? id) || options["id"] is not QString)
        {
            return null;
        }

        if (isChecked)
        {
            Identifier.Require(id);
        }

        return id;
    }

    private static IEnumerable<QomValueReader> ReadTyped(QDict options)
        => options.Where(static entry => entry.Key is not ("driver" or "id" or "bus"))
            .OrderBy(static entry => WireOrder.BucketOf(entry.Key)).Select(static entry => new StrictValueReader(entry.Key, entry.Value));

    // Names that come with types are looked at when a device gets its place. QEMU took any before it had that check, and ended with
    // those that cannot be part of a path.
    private void RequireName(string? id)
    {
        if (id is null || Identifier.IsValid(id))
        {
            return;
        }

        QmpException.ThrowIf(_tree.Profile.Has(Behaviour.DevicePlacesCheckNames), $"Invalid qdev ID '{id}'");
        if (id.Length == 0 || id.Contains('/', StringComparison.Ordinal))
        {
            Identifier.Require(id);
        }
    }

    private DeviceType TakeType(Dictionary<string, string> texts)
    {
        if (!texts.Remove("driver", out string? driver))
        {
            throw new QmpException("Parameter 'driver' is missing");
        }

        if (DeviceTypes.TryFindDevice(driver, out DeviceType? type) && !(IsStarted && type.IsFixed))
        {
            return type;
        }

        DeviceType? other = type ?? DeviceTypes.Find(driver);
        if (other is { IsAbstract: false, IsInternal: false, IsFixed: false, Bus.Length: > 0 })
        {
            // Without a bus of its kind the device cannot be made anywhere, which is told before anything else of it.
            _ = BusPath.FindFree(_board.MainBus, BusClass.Of(other.Bus)) ?? throw new QmpException($"No '{other.Bus}' bus found for device '{other.Name}'");
        }

        if (IsStarted && other is { Refusal: not null, Bus.Length: 0, IsInternal: false })
        {
            throw new QmpException($"Device '{other.Name}' can not be hotplugged on this machine");
        }

        throw new QmpException(ProcessorPlug.IsBase(driver) ? "Parameter 'driver' expects a non-abstract device type" : other is null || !other.IsA("device") ? $"'{driver}' is not a valid device model name"
            : other.IsAbstract ? "Parameter 'driver' expects a non-abstract device type"
            : other.IsInternal || other.IsFixed ? "Parameter 'driver' expects a pluggable device type"
            : $"'{driver}' is not a valid device model name");
    }

    private BusObject? TakeBus(DeviceType type, Dictionary<string, string> texts)
    {
        BusObject bus;
        if (texts.Remove("bus", out string? path))
        {
            bus = BusPath.Find(_board.MainBus, path);
            if (type.Bus.Length == 0 || !bus.Class.IsA(BusClass.Of(type.Bus)))
            {
                throw new QmpException($"Device '{type.Name}' can't go on {bus.Class.Name} bus");
            }
        }
        else if (type.Bus.Length == 0)
        {
            return null;
        }
        else
        {
            bus = BusPath.FindFree(_board.MainBus, BusClass.Of(type.Bus))
                ?? throw new QmpException($"No '{type.Bus}' bus found for device '{type.Name}'");
        }

        return IsStarted && !bus.IsHotpluggable
            ? throw new QmpException($"Bus '{bus.BusName}' does not support hotplugging")
            : bus;
    }

    private void GiveName(DeviceObject device, string? id)
    {
        if (id is null)
        {
            Anonymous.AddChild($"device[{_nextAnonymous++}]", device);
            return;
        }

        if (Peripheral.FindProperty(id) is not null)
        {
            throw new QmpException($"Duplicate device ID '{id}'");
        }

        Peripheral.AddChild(id, device);
        device.Id = id;
    }

    private async ValueTask DismantleAsync(DeviceObject device)
    {
        var events = new List<DeviceDeletedEvent>();
        await device.DismantleAsync((gone, path) => events.Add(new DeviceDeletedEvent { Device = gone.Id, Path = path }));
        _loop.Post(
            _ =>
            {
                foreach (DeviceDeletedEvent deleted in events)
                {
                    _events.Emit(deleted);
                }
            },
            null);
    }
}
