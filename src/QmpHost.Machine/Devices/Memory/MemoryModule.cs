using QmpHost.Machine.Devices.Types;
using QmpHost.Machine.Objects;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Machine.Devices;

/// <summary>A memory module, volatile ("pc-dimm") or not ("nvdimm"), in one of the machine's sockets.</summary>
internal sealed class MemoryModule : TableDevice, IMemoryDevice
{
    private const string Persistent = "nvdimm";
    private const long PersistentUnit = 2L << 20;

    private int? _slot;
    private MemoryBackendObject? _memory;

    internal MemoryModule(DeviceType type, DeviceContext context)
        : base(type, context)
    {
    }

    public long Address => Number("addr");

    public long Length => _memory is { } memory ? LengthOf(memory) : 0;

    public long PluggedBytes => Length;

    // The guest's firmware is asked, and may be asked again.
    public override bool NeedsGuestToUnplug => true;

    internal override bool MayBeAskedAgain => true;

    internal override string? ReasonToStay => Type.Name == Persistent ? "nvdimm device hot unplug is not supported yet." : null;

    public MemoryDeviceInfo Describe()
    {
        var data = new PCDIMMDeviceInfo
        {
            Id = Id,
            Addr = Address,
            Size = Length,
            Slot = Number("slot"),
            Node = Number("node"),
            Memdev = _memory!.Path,
            Hotplugged = IsHotplugged,
            Hotpluggable = IsHotpluggable,
        };
        return Type.Name == Persistent ? new MemoryDeviceInfo.Nvdimm { Data = data } : new MemoryDeviceInfo.Dimm { Data = data };
    }

    private protected override bool TryInitialise(string name, string type, QomProperty property)
    {
        if (name != "size")
        {
            return base.TryInitialise(name, type, property);
        }

        AddProperty(new QomProperty
        {
            Name = name,
            Type = type,
            Get = static o => new QNum(((MemoryModule)o).LinkTarget("memdev") is MemoryBackendObject memory ? ((MemoryModule)o).LengthOf(memory) : 0),
        });
        return true;
    }

    private protected override ValueTask RealizeFunctionAsync()
    {
        QmpException.ThrowIf(Type.Name == Persistent && !Context.Configuration.HasPersistentMemory, "nvdimm is not enabled: missing 'nvdimm' in '-M'");
        MemorySpace space = Context.Memory;
        int slot = space.FindSlot(Number("slot"));
        MemoryBackendObject memory = MemorySpace.BackendOf(this);
        long length = LengthOf(memory);
        QmpException.ThrowIf(
            length <= 0, $"the size of memdev {memory.Name} (0x{memory.Size:x}) is too small to contain nvdimm label (0x{Labels:x}) and aligned PMEM (0x{PersistentUnit:x})");
        long address = space.FindAddress(Number("addr"), length);
        long node = Number("node");
        int nodes = Context.Configuration.NodeCount;
        QmpException.ThrowIf(node >= Math.Max(nodes, 1), $"'DIMM property node has value {node}' which exceeds the number of numa nodes: {nodes}");
        QmpException.ThrowIf(memory.IsInUse, $"can't use already busy memdev: {memory.Name}");

        memory.IsInUse = true;
        _memory = memory;
        _slot = slot;
        Store("slot", slot);
        Store("addr", address);
        space.Add(this, slot);
        return default;
    }

    private long Labels => Type.Name == Persistent ? Number("label-size") : 0;

    // Persistent memory keeps its labels at the end of its backend, and offers whole units of what is left.
    private long LengthOf(MemoryBackendObject memory)
        => Type.Name == Persistent ? (memory.Size - Labels) / PersistentUnit * PersistentUnit : memory.Size;

    private protected override ValueTask UnrealizeAsync()
    {
        Context.Memory.Remove(this, _slot);
        _memory!.IsInUse = false;
        return base.UnrealizeAsync();
    }
}
