using System.Globalization;
using System.Text;
using QmpHost.Commands.Hosting;
using QmpHost.Machine.Boards;
using QmpHost.Machine.Clocks;
using QmpHost.Machine.Facts;
using QmpHost.Machine.Objects;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;
using QmpHost.Qapi.Files;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/machine.json.</summary>
/// <param name="host">The host.</param>
public sealed class MachineCommandHandler(HostServices host) : IMachineCommands
{
    private bool HasProcessors => host.Processors.Count > 0;

    /// <inheritdoc/>
    public ValueTask<UuidInfo> QueryUuidAsync(CommandContext context)
        => ValueTask.FromResult(new UuidInfo { Uuid = host.Identity.Uuid.ToString("D") });

    /// <inheritdoc/>
    public ValueTask SystemResetAsync(CommandContext context)
    {
        return MachineLife.ResetAsync(host, ShutdownCause.HostQmpSystemReset);
    }

    /// <inheritdoc/>
    public ValueTask SystemPowerdownAsync(CommandContext context)
    {
        host.RunState.PowerDown();
        host.Guest?.PowerDown();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask SystemWakeupAsync(CommandContext context) => throw new QmpException(HasProcessors
        ? "Unable to wake up: guest is not in suspended state"
        : "wake-up from suspend is not supported by this guest");

    /// <inheritdoc/>
    public ValueTask InjectNmiAsync(CommandContext context)
        => HasProcessors
            ? ValueTask.CompletedTask
            : throw new QmpException(context.Profile.Has(Behaviour.MissingPartsAreNamed)
                ? "machine does not provide NMIs"
                : "this feature or command is not currently supported");

    /// <inheritdoc/>
    public ValueTask MemsaveAsync(MemsaveArguments arguments, CommandContext context)
        => (arguments.CpuIndex ?? 0) is var index && index >= 0 && index < host.Processors.Count
            ? SaveVirtualMemoryAsync(arguments)
            : throw new QmpException("Parameter 'cpu-index' expects a CPU number");

    /// <inheritdoc/>
    public ValueTask PmemsaveAsync(PmemsaveArguments arguments, CommandContext context) => SaveMemoryAsync(arguments.Filename, unchecked((long)arguments.Size));

    /// <inheritdoc/>
    public ValueTask DumpdtbAsync(DumpdtbArguments arguments, CommandContext context) => throw new QmpException(context.Profile.Has(Behaviour.DeviceTreeTakesAn)
        ? "This machine doesn't have an FDT"
        : "This machine doesn't have a FDT");

    /// <inheritdoc/>
    public ValueTask SetNumaNodeAsync(NumaOptions arguments, CommandContext context)
        => throw new QmpException("The command is permitted only before the machine has been created");

    /// <inheritdoc/>
    public ValueTask BalloonAsync(BalloonArguments arguments, CommandContext context)
    {
        RequireBalloon();
        if (arguments.Value <= 0)
        {
            throw new QmpException("Parameter 'target' expects a size");
        }

        host.Guest?.Inflate((ulong)arguments.Value);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<BalloonInfo> QueryBalloonAsync(CommandContext context)
    {
        RequireBalloon();
        return ValueTask.FromResult(new BalloonInfo { Actual = (long)(host.BalloonSize ?? host.Machine.MemorySize) });
    }

    /// <inheritdoc/>
    public ValueTask<GuidInfo> QueryVmGenerationIdAsync(CommandContext context) => throw new QmpException("VM Generation ID device not found");

    /// <inheritdoc/>
    public ValueTask<TargetInfo> QueryTargetAsync(CommandContext context) => ValueTask.FromResult(new TargetInfo { Arch = SysEmuTarget.X8664 });

    /// <inheritdoc/>
    public ValueTask<KvmInfo> QueryKvmAsync(CommandContext context) => ValueTask.FromResult(new KvmInfo { Enabled = false, Present = true });

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<MachineInfo>> QueryMachinesAsync(CommandContext context)
        => ValueTask.FromResult(MachineFacts.Of(context.Profile).Machines);

    /// <inheritdoc/>
    public ValueTask<CurrentMachineParams> QueryCurrentMachineAsync(CommandContext context)
        => ValueTask.FromResult(new CurrentMachineParams { WakeupSuspendSupport = HasProcessors });

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<CpuInfoFast>> QueryCpusFastAsync(CommandContext context) => ValueTask.FromResult(host.Processors.List());

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<HotpluggableCPU>> QueryHotpluggableCpusAsync(CommandContext context)
        => ValueTask.FromResult(host.Processors.ListPlaces());

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Memdev>> QueryMemdevAsync(CommandContext context)
    {
        IReadOnlyList<Memdev> memory = [.. host.Objects.All<MemoryBackendObject>().Reverse().Select(Describe)];
        return ValueTask.FromResult(memory);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<MemoryDeviceInfo>> QueryMemoryDevicesAsync(CommandContext context)
        => ValueTask.FromResult<IReadOnlyList<MemoryDeviceInfo>>(host.Devices?.ListMemory() ?? []);

    /// <inheritdoc/>
    public ValueTask<MemoryInfo> QueryMemorySizeSummaryAsync(CommandContext context)
        => ValueTask.FromResult(new MemoryInfo { BaseMemory = host.Machine.MemorySize, PluggedMemory = (ulong)(host.Devices?.PluggedMemory ?? 0) });

    /// <inheritdoc/>
    public ValueTask<HumanReadableText> XQueryIrqAsync(CommandContext context)
        => Text(host.Board switch
        {
            "microvm" => "IRQ statistics for ioapic:\nIRQ statistics for isa-i8259:\nIRQ statistics for ioapic:\n",
            "isapc" => "IRQ statistics for isa-i8259:\n",
            _ => HasProcessors ? string.Concat(host.Tree.List("/machine").Reverse().Select(DescribeTimerInterrupt)) : string.Empty,
        });

    /// <inheritdoc/>
    public ValueTask<HumanReadableText> XQueryJitAsync(CommandContext context) => host.Layer.Context.Clock is VirtualClock
        ? throw new QmpException("JIT information is only available with accel=tcg")
        : Text(TranslatorText.Describe(context.Profile, host.StepsInstructions));

    /// <inheritdoc/>
    public ValueTask<HumanReadableText> XQueryNumaAsync(CommandContext context)
        => Text(string.Create(CultureInfo.InvariantCulture, $"{host.Machine.NodeCount} nodes\n") + string.Concat(Enumerable.Range(0, host.Machine.NodeCount).Select(DescribeNode)));

    /// <inheritdoc/>
    public ValueTask<HumanReadableText> XQueryOpcountAsync(CommandContext context) => Text("[TCG profiler not compiled]\n");

    /// <inheritdoc/>
    public ValueTask<HumanReadableText> XQueryProfileAsync(CommandContext context) => throw new QmpException("Internal profiler not compiled");

    /// <inheritdoc/>
    public ValueTask<HumanReadableText> XQueryRamblockAsync(CommandContext context)
        => Text("              Block Name    PSize              Offset               Used              Total"
            + (context.Profile.Has(Behaviour.MemoryBlocksTellAddresses) ? "                HVA  RO\n" : "\n")
            + DescribeMainMemory(context.Profile) + DescribeFirmware(context.Profile));

    /// <inheritdoc/>
    public ValueTask<HumanReadableText> XQueryRdmaAsync(CommandContext context) => Text(string.Empty);

    /// <inheritdoc/>
    public ValueTask<HumanReadableText> XQueryRomsAsync(CommandContext context) => Text(FirmwareFacts.Of(context.Profile).ListImages(host.Board));

    /// <inheritdoc/>
    public ValueTask<HumanReadableText> XQueryUsbAsync(CommandContext context) => throw new QmpException("USB support not enabled");

    private static ValueTask<HumanReadableText> Text(string text) => ValueTask.FromResult(new HumanReadableText { HumanReadableTextValue = text });

    // What the interrupts of the timer have left: one comes when the board is made. Listings go through the tree backwards, this goes through it forwards.
    private string DescribeTimerInterrupt(QomProperty part)
    {
        int count = 1 + (host.Layer.Profile.Has(Behaviour.TimerInterruptsOnReset) ? host.RunState.Resets : 0);
        return part.Name switch
        {
            "i440fx" or "q35" => string.Create(CultureInfo.InvariantCulture, $"IRQ statistics for ioapic:\n 0: {count}\n"),
            "unattached" => string.Create(CultureInfo.InvariantCulture, $"IRQ statistics for isa-i8259:\n 0: {count}\n"),
            _ => string.Empty,
        };
    }

    private void RequireBalloon()
    {
        if (host.Devices?.HasDevice("virtio-balloon") != true)
        {
            throw new QmpException(QmpErrorClass.DeviceNotActive, "No balloon device has been activated");
        }
    }

    private string DescribeNode(int node)
    {
        const int Mega = 1 << 20;
        IEnumerable<string> processors = host.Processors.Indices.Where(index => host.Machine.NodeOf(index) == node)
            .Select(static index => string.Create(CultureInfo.InvariantCulture, $" {index}"));
        ulong plugged = (ulong)(host.Devices?.PluggedMemoryOf(node) ?? 0);
        ulong size = (host.Machine.Nodes.Count == 0 ? host.Machine.MemorySize : SizeOf(host.Machine.Nodes[node])) + plugged;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"node {node} cpus:{string.Concat(processors)}\nnode {node} size: {size / Mega} MB\nnode {node} plugged: {plugged / Mega} MB\n");
    }

    private ulong SizeOf(NumaNode node)
        => node.Backend is { } id && host.Objects.Find<MemoryBackendObject>(id) is { } memory ? (ulong)memory.Size : node.Size;

    private string DescribeMainMemory(VersionProfile profile)
        => host.Machine.Nodes.Any(static node => node.Backend is not null) ? DescribeNodesMemory(profile) : host.Machine.MemorySize > 0 && (host.Machine.MemoryBackend ?? MachineFacts.Of(profile).Find(host.Board)?.DefaultRamId) is { } id
            ? DescribeBlock(id, 0, host.Machine.MemorySize, host.Machine.MemorySize, AddressOf(profile, "rw"))
            : string.Empty;

    private string DescribeNodesMemory(VersionProfile profile)
    {
        ulong offset = 0;
        var text = new StringBuilder();
        foreach (NumaNode node in host.Machine.Nodes.Where(static node => node.Backend is not null))
        {
            ulong size = SizeOf(node);
            text.Append(DescribeBlock(node.Backend!, offset, size, size, AddressOf(profile, "rw")));
            offset += size;
        }

        return text.ToString();
    }

    private string DescribeFirmware(VersionProfile profile) => string.Concat(FirmwareFacts.Of(profile).ListBlocks(host.Board).Select(block
        => DescribeBlock(block.Name, host.Machine.MemorySize + block.Offset, block.Used, block.Total, AddressOf(profile, "ro"))));

    private static string DescribeBlock(string name, ulong offset, ulong used, ulong total, string address) => string.Create(
        CultureInfo.InvariantCulture,
        $"{name,24}    4 KiB  0x{offset:x16} 0x{used:x16} 0x{total:x16}{address}\n");

    // No memory of the guest is anywhere in the process.
    private static string AddressOf(VersionProfile profile, string access)
        => profile.Has(Behaviour.MemoryBlocksTellAddresses) ? string.Create(CultureInfo.InvariantCulture, $" 0x{0:x16}  {access}") : string.Empty;

    private Memdev Describe(MemoryBackendObject memory) => new()
    {
        Id = memory.Name,
        Size = (ulong)memory.Size,
        Merge = IsOn(memory, "merge"),
        Dump = IsOn(memory, "dump"),
        Prealloc = IsOn(memory, "prealloc"),
        Share = IsOn(memory, "share"),
        Reserve = IsOn(memory, "reserve"),
        HostNodes = [],
        Policy = host.Tree.GetProperty(memory.Path, "policy") is QString text && HostMemPolicyEnum.TryParse(text.Value, out HostMemPolicy policy)
            ? policy
            : HostMemPolicy.Default,
    };

    private bool IsOn(MemoryBackendObject memory, string name) => host.Tree.GetProperty(memory.Path, name) is QBool { Value: true };

    // Without a page table of a guest's, a processor sees the memory as it is; what lies behind it can be read from the bus only.
    private async ValueTask SaveVirtualMemoryAsync(MemsaveArguments arguments)
    {
        const int page = 4096;
        await SaveMemoryAsync(arguments.Filename, 0);
        ulong size = host.Machine.MemorySize, end = unchecked(arguments.Val + arguments.Size);
        QmpException.ThrowIf(
            end < arguments.Val || end > (size + page - 1) / page * page,
            $"Invalid addr 0x{arguments.Val:x16}/size {arguments.Size} specified");
        await SaveMemoryAsync(arguments.Filename, unchecked((long)arguments.Size));
    }

    // Memory that no guest has written reads as zeroes.
    private static async ValueTask SaveMemoryAsync(string path, long size)
    {
        await using FileStream file = SystemFile.Open(path, FileMode.Create, FileAccess.Write, out int error)
            ?? throw new QmpException($"Could not open '{path}': {SystemFile.Describe(error)}");
        try
        {
            file.SetLength(size);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new QmpException("An IO error has occurred", e);
        }
    }
}
