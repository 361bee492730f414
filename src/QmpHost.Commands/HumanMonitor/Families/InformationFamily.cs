using System.Globalization;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.HumanMonitor.Families;

/// <summary>What there is to know of a machine: processors, memory, and parts that the build or the machine has not.</summary>
internal static class InformationFamily
{
    private static readonly string[] RockerQueries = ["rocker", "rocker-ports", "rocker-of-dpa-flows", "rocker-of-dpa-groups"];

    /// <summary>The commands.</summary>
    public static IEnumerable<HmpCommand> All =>
    [
        new DelegateCommand("info cpus", "the processors", TellProcessors),
        new DelegateCommand("info hotpluggable-cpus", "the places for processors", TellPlaces),
        new DelegateCommand("info kvm", "whether KVM is used", static c => Tell(c, "kvm support: disabled\n")),
        new DelegateCommand("info memdev", "the objects that memory lies in", TellBackends),
        new DelegateCommand("info memory-devices", "memory that was plugged in", TellMemoryDevices),
        new DelegateCommand("info memory_size_summary", "how much memory there is", TellSizes),
        new DelegateCommand("info mice", "the pointing devices", TellMice),
        new DelegateCommand("info sev", "encrypted memory of AMD processors", static c => Tell(c, "SEV is not enabled\n")),
        new DelegateCommand("info sgx", "enclaves of Intel processors", static c => Tell(c, "No EPC regions defined, SGX not available\n")),
        new DelegateCommand("info spice", "the SPICE server", static c => Tell(c, "Server: disabled\n")),
        new DelegateCommand("info vnc", "the VNC servers", static c => Tell(c, "None\n")),
        new DelegateCommand("info tpm", "the TPM", static c => Tell(c, string.Empty)),
        new DelegateCommand("info replay", "recording and replay of execution", static c => Tell(c, "Record/replay is not active\n")),
        new DelegateCommand("info capture", "what of the sound is recorded", static c => Tell(c, string.Empty)),
        new DelegateCommand("info vcpu_dirty_limit", "how fast processors may write", static c => Tell(c, "Dirty page limit not enabled!\n")),
        new DelegateCommand("info virtio", "the virtio devices", TellVirtio),
        new DelegateCommand("info vm-generation-id", "the number of the guest's generation", static c => FailAsync(Machine(c).QueryVmGenerationIdAsync(c.ForQmp))),
        new DelegateCommand("info usb", "the USB devices", static c => TellAsync(c, Machine(c).XQueryUsbAsync(c.ForQmp))),
        new DelegateCommand("info numa", "the memory nodes", static c => TellAsync(c, Machine(c).XQueryNumaAsync(c.ForQmp))),
        new DelegateCommand("info opcount", "how often instructions were translated", static c => TellAsync(c, Machine(c).XQueryOpcountAsync(c.ForQmp))) { Needs = Behaviour.MonitorTellsOpcounts },
        new DelegateCommand("info profile", "where time is spent", static c => TellAsync(c, Machine(c).XQueryProfileAsync(c.ForQmp))) { Needs = Behaviour.MonitorTellsProfile },
        new DelegateCommand("info ramblock", "the blocks of memory", static c => TellAsync(c, Machine(c).XQueryRamblockAsync(c.ForQmp))),
        new DelegateCommand("info rdma", "connections over RDMA", static c => TellAsync(c, Machine(c).XQueryRdmaAsync(c.ForQmp))) { Needs = Behaviour.MonitorTellsRdma },
        new DelegateCommand("info irq", "how often interrupts came", static c => TellAsync(c, Machine(c).XQueryIrqAsync(c.ForQmp))),
        new DelegateCommand("info jit", "the translator", static c => TellAsync(c, Machine(c).XQueryJitAsync(c.ForQmp))),
        new DelegateCommand("info roms", "the contents of ROMs", static c => TellAsync(c, Machine(c).XQueryRomsAsync(c.ForQmp))),
        .. RockerQueries.Select(Rocker),
        new DelegateCommand("info virtio-status", "path", "one virtio device", NoVirtio),
        new DelegateCommand("info virtio-queue-status", "path queue", "a queue of a virtio device", NoVirtio),
        new DelegateCommand("info stats", "target [names] [provider]", "the statistics of a kind of things", TellStatistics),
    ];

    // The commands are those of the other monitor under another name.
    private static MachineCommandHandler Machine(HmpContext context) => new(context.Host);

    private static ValueTask Tell(HmpContext context, string text)
    {
        context.Reply.Append(text);
        return default;
    }

    private static async ValueTask TellAsync(HmpContext context, ValueTask<HumanReadableText> text)
        => context.Reply.Append((await text).HumanReadableTextValue);

    private static async ValueTask FailAsync<T>(ValueTask<T> query) => _ = await query;

    private static DelegateCommand Rocker(string name) => new($"info {name}", "name", "a switch of the kind rocker", (_, arguments)
        => throw new QmpException($"rocker {arguments.TakeString("string")} not found"));

    private static ValueTask NoVirtio(HmpContext context, HmpArgumentReader arguments)
        => throw new QmpException($"Path {arguments.TakeString("string")} is not a VirtIODevice");

    private static async ValueTask TellProcessors(HmpContext context)
    {
        foreach (CpuInfoFast cpu in await Machine(context).QueryCpusFastAsync(context.ForQmp))
        {
            char current = cpu.CpuIndex == 0 ? '*' : ' ';
            context.Reply.Append(CultureInfo.InvariantCulture, $"{current} CPU #{cpu.CpuIndex}: thread_id={cpu.ThreadId}\n");
        }
    }

    private static async ValueTask TellPlaces(HmpContext context)
    {
        IReadOnlyList<HotpluggableCPU> places = await Machine(context).QueryHotpluggableCpusAsync(context.ForQmp);
        context.Reply.Append("Hotpluggable CPUs:\n");
        foreach (HotpluggableCPU place in places)
        {
            context.Reply.Append(CultureInfo.InvariantCulture, $"  type: \"{place.Type}\"\n  vcpus_count: \"{place.VcpusCount}\"\n");
            if (place.QomPath is { } path)
            {
                context.Reply.Append("  qom_path: \"").Append(path).Append("\"\n");
            }

            context.Reply.Append("  CPUInstance Properties:\n");
            TellNumber(context, "node-id", place.Props.NodeId);
            TellNumber(context, "socket-id", place.Props.SocketId);
            TellNumber(context, "die-id", place.Props.DieId);
            TellNumber(context, "cluster-id", place.Props.ClusterId);
            TellNumber(context, "core-id", place.Props.CoreId);
            TellNumber(context, "thread-id", place.Props.ThreadId);
        }
    }

    private static void TellNumber(HmpContext context, string name, long? number)
    {
        if (number is { } value)
        {
            context.Reply.Append(CultureInfo.InvariantCulture, $"    {name}: \"{value}\"\n");
        }
    }

    private static async ValueTask TellMemoryDevices(HmpContext context)
    {
        foreach (MemoryDeviceInfo device in await Machine(context).QueryMemoryDevicesAsync(context.ForQmp))
        {
            switch (device.Branch)
            {
                case PCDIMMDeviceInfoWrapper { Data: var module }:
                    TellMemoryDevice(
                        context,
                        device.Type,
                        module.Id,
                        $"  addr: 0x{module.Addr:x}\n  slot: {module.Slot}\n  node: {module.Node}\n  size: {module.Size}\n  memdev: {module.Memdev}\n"
                        + $"  hotplugged: {(module.Hotplugged ? "true" : "false")}\n  hotpluggable: {(module.Hotpluggable ? "true" : "false")}\n");
                    break;
                case VirtioPMEMDeviceInfoWrapper { Data: var memory }:
                    TellMemoryDevice(context, device.Type, memory.Id, $"  memaddr: 0x{memory.Memaddr:x}\n  size: {memory.Size}\n  memdev: {memory.Memdev}\n");
                    break;
                case VirtioMEMDeviceInfoWrapper { Data: var memory }:
                    TellMemoryDevice(
                        context,
                        device.Type,
                        memory.Id,
                        $"  memaddr: 0x{memory.Memaddr:x}\n  node: {memory.Node}\n  requested-size: {memory.RequestedSize}\n  size: {memory.Size}\n"
                        + $"  max-size: {memory.MaxSize}\n  block-size: {memory.BlockSize}\n  memdev: {memory.Memdev}\n");
                    break;
            }
        }
    }

    private static void TellMemoryDevice(HmpContext context, MemoryDeviceInfoKind kind, string? id, string text)
        => context.Reply.Append("Memory device [").Append(kind.ToWire()).Append("]: \"").Append(id).Append("\"\n").Append(text);

    private static async ValueTask TellBackends(HmpContext context)
    {
        foreach (Memdev memory in await Machine(context).QueryMemdevAsync(context.ForQmp))
        {
            context.Reply.Append(CultureInfo.InvariantCulture, $"memory backend: {memory.Id}\n  size:  {memory.Size}\n");
            TellSwitch(context, "merge", memory.Merge);
            TellSwitch(context, "dump", memory.Dump);
            TellSwitch(context, "prealloc", memory.Prealloc);
            TellSwitch(context, "share", memory.Share);
            if (memory.Reserve is { } reserve)
            {
                TellSwitch(context, "reserve", reserve);
            }

            context.Reply.Append(CultureInfo.InvariantCulture, $"  policy: {memory.Policy.ToWire()}\n  host nodes: {string.Join(", ", memory.HostNodes)}\n");
        }

        context.Reply.Append('\n');
    }

    private static void TellSwitch(HmpContext context, string name, bool isOn)
        => context.Reply.Append("  ").Append(name).Append(": ").Append(isOn ? "true" : "false").Append('\n');

    private static async ValueTask TellSizes(HmpContext context)
    {
        MemoryInfo info = await Machine(context).QueryMemorySizeSummaryAsync(context.ForQmp);
        context.Reply.Append(CultureInfo.InvariantCulture, $"base memory: {info.BaseMemory}\nplugged memory: {info.PluggedMemory}\n");
    }

    private static async ValueTask TellMice(HmpContext context)
    {
        IReadOnlyList<MouseInfo> mice = await new UiCommandHandler(context.Host).QueryMiceAsync(context.ForQmp);
        foreach (MouseInfo mouse in mice)
        {
            context.Reply.Append(
                CultureInfo.InvariantCulture,
                $"{(mouse.Current ? '*' : ' ')} Mouse #{mouse.Index}: {mouse.Name}{(mouse.Absolute ? " (absolute)" : string.Empty)}\n");
        }

        if (mice.Count == 0)
        {
            context.Reply.Append("No mouse devices connected\n");
        }
    }

    private static async ValueTask TellVirtio(HmpContext context)
    {
        IReadOnlyList<VirtioInfo> devices = await new VirtioCommandHandler(context.Host).XQueryVirtioAsync(context.ForQmp);
        foreach (VirtioInfo device in devices)
        {
            context.Reply.Append(device.Path).Append(" [").Append(device.Name).Append("]\n");
        }

        if (devices.Count == 0)
        {
            context.Reply.Append("No VirtIO devices\n");
        }
    }

    // Nothing counts here; of the targets only their names are looked at.
    private static ValueTask TellStatistics(HmpContext context, HmpArgumentReader arguments)
    {
        string target = arguments.TakeString("string");
        _ = arguments.TakeOptionalString("string");
        _ = arguments.TakeOptionalString("string");
        arguments.ExpectEnd();
        if (!StatsTargetEnum.TryParse(target, out _))
        {
            context.Reply.Append("invalid stats target ").Append(target).Append('\n');
        }

        return default;
    }
}
