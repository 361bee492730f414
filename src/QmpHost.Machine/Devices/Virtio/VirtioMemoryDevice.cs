using QmpHost.Machine.Devices.Types;
using QmpHost.Machine.Objects;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Machine.Devices;

/// <summary>Memory behind virtio: persistent ("virtio-pmem"), or of a size that the host asks the guest for ("virtio-mem").</summary>
internal sealed class VirtioMemoryDevice : VirtioDevice, IMemoryDevice
{
    private const string Persistent = "virtio-pmem", Requested = "requested-size", BlockSize = "block-size";
    private const long DefaultBlock = 2L << 20, LeastBlock = 1L << 20;

    private MemoryBackendObject? _memory;

    internal VirtioMemoryDevice(DeviceType type, DeviceContext context)
        : base(type, context)
    {
    }

    public long Address => Number("memaddr");

    public long Length => _memory?.Size ?? 0;

    // A guest that would take memory does not run here.
    public long PluggedBytes => IsPersistent ? Length : 0;

    string? IMemoryDevice.Id => Proxy.Id;

    internal override string ReasonToStay => "virtio based memory devices cannot be unplugged.";

    private bool IsPersistent => Type.Name == Persistent;

    private long Block => Number(BlockSize) is var size and not 0 ? size : DefaultBlock;

    public MemoryDeviceInfo Describe() => IsPersistent
        ? new MemoryDeviceInfo.VirtioPmem
        {
            Data = new VirtioPMEMDeviceInfo { Id = Proxy.Id, Memaddr = (ulong)Address, Size = (ulong)Length, Memdev = _memory!.Path },
        }
        : new MemoryDeviceInfo.VirtioMem
        {
            Data = new VirtioMEMDeviceInfo
            {
                Id = Proxy.Id,
                Memaddr = (ulong)Address,
                RequestedSize = Number(Requested),
                Size = (ulong)PluggedBytes,
                MaxSize = (ulong)Length,
                BlockSize = (ulong)Block,
                Node = Number("node"),
                Memdev = _memory!.Path,
            },
        };

    private protected override bool TryInitialise(string name, string type, QomProperty property)
    {
        if (name is not (BlockSize or Requested or "size"))
        {
            return base.TryInitialise(name, type, property);
        }

        AddProperty(new QomProperty
        {
            Name = name,
            Type = type,
            Get = o => new QNum(((VirtioMemoryDevice)o).Read(name)),
            Set = name == "size" ? null : (o, reader) =>
            {
                ((VirtioMemoryDevice)o).Write(name, reader.ReadSize());
                return default;
            },
        });
        return true;
    }

    private protected override async ValueTask RealizeFunctionAsync()
    {
        MemoryBackendObject memory = MemorySpace.BackendOf(this);
        long address = Context.Memory.FindAddress(Address, memory.Size, IsPersistent ? DefaultBlock : Block);
        QmpException.ThrowIf(
            memory.IsInUse,
            IsPersistent ? $"can't use already busy memdev: {memory.Name}" : $"'memdev' property specifies a busy memdev: {memory.Name}");
        QmpException.ThrowIf(
            !IsPersistent && Number(Requested) % Block != 0, $"'{Requested}' property has to be multiples of '{BlockSize}' (0x{Block:x})");
        await base.RealizeFunctionAsync();

        memory.IsInUse = true;
        _memory = memory;
        Store("memaddr", address);
        Context.Memory.Add(this, slot: null);
    }

    private protected override ValueTask UnrealizeAsync()
    {
        Context.Memory.Remove(this, slot: null);
        _memory!.IsInUse = false;
        return base.UnrealizeAsync();
    }

    private long Read(string name) => name switch
    {
        BlockSize => Block,
        Requested => Number(Requested),
        _ => PluggedBytes,
    };

    private void Write(string name, ulong size)
    {
        if (name == BlockSize)
        {
            SetBlockSize(size);
        }
        else
        {
            Request(size);
        }
    }

    private void SetBlockSize(ulong size)
    {
        QmpException.ThrowIf(IsRealized, $"'{BlockSize}' cannot be changed");
        QmpException.ThrowIf(size < LeastBlock, $"'{BlockSize}' property has to be at least 0x{LeastBlock:x}");
        QmpException.ThrowIf(!ulong.IsPow2(size), $"'{BlockSize}' property has to be a power of two");
        Store(BlockSize, new QNum(size));
    }

    private void Request(ulong size)
    {
        if (IsRealized)
        {
            QmpException.ThrowIf(size % (ulong)Block != 0, $"'{Requested}' has to be multiples of '{BlockSize}' (0x{Block:x})");
            QmpException.ThrowIf(size > (ulong)Length, $"'{Requested}' cannot exceed the memory backend size(0x{Length:x})");
        }

        Store(Requested, new QNum(size));
    }
}
