using System.Globalization;
using QmpHost.Machine.Boards;
using QmpHost.Machine.Clocks;
using QmpHost.Machine.Devices;
using QmpHost.Machine.Objects;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.HumanMonitor.Families;

/// <summary>What developers of guests and of emulators look at: the log, single steps, machine checks, dumps, parts that this build lacks.</summary>
internal static class DebugFamily
{
    /// <summary>The commands.</summary>
    public static IEnumerable<HmpCommand> All =>
    [
        new DelegateCommand("log", "items", "choose what is logged", Log),
        new DelegateCommand("logfile", "filename", "choose where the log goes", ChooseLogFile),
        new DelegateCommand("singlestep", "[on|off]", "translate one instruction at a time", Step) { Needs = Behaviour.MonitorSinglesteps },
        new DelegateCommand("one-insn-per-tb", "[on|off]", "translate one instruction at a time", Step) { Needs = Behaviour.MonitorStepsByBlock },
        new DelegateCommand("mce", "[-b] cpu bank status mcgstatus address misc", "inject a machine check", InjectCheckAsync),
        new DelegateCommand("dump-guest-memory", "[-p] [-d] [-w|-z|-l|-s] [-R] filename [begin length]", "save the guest's memory in a form for debuggers", DumpAsync),
        new DelegateCommand("gdbserver", "[device]", "wait for a debugger", WaitForDebugger),
        new DelegateCommand("pcie_aer_inject_error", "[-a] [-c] id error [prefixes]", "inject an error of PCI Express", InjectError),
        new DelegateCommand("client_migrate_info", "protocol host [port [tls-port [subject]]]", "tell a screen's clients where the guest goes", TellClientsAsync),
        new DelegateCommand("wavcapture", "path audiodev [frequency [bits [channels]]]", "record sound", Record),
        new DelegateCommand("stopcapture", "index", "stop a recording of sound", StopRecording),
        new DelegateCommand("info usbhost", "the USB devices of the computer", static c => Tell(c, "Command \"info usbhost\" is not available.\n")),
        new DelegateCommand("info virtio-queue-element", "path queue [index]", "an element of a queue of a virtio device", static (c, a) => LookAtQueue(c, a, isVhost: false)),
        new DelegateCommand("info virtio-vhost-queue-status", "path queue", "a queue of a device of vhost", static (c, a) => LookAtQueue(c, a, isVhost: true)),
        new DelegateCommand("info cryptodev", "what encrypts for the guest", TellCryptography) { Needs = Behaviour.MonitorTellsCryptoAndXen },
        new DelegateCommand("xen-event-inject", "port", "signal an event of Xen", InjectXen) { Needs = Behaviour.MonitorTellsCryptoAndXen },
        new DelegateCommand("xen-event-list", "the events of Xen", static _ => throw NoXen()) { Needs = Behaviour.MonitorTellsCryptoAndXen },
        new DelegateCommand("info accel", "the accelerator", static async c => c.Reply.Append((await new MachineCommandHandler(c.Host).XQueryJitAsync(c.ForQmp)).HumanReadableTextValue)) { Needs = Behaviour.MonitorTellsAccelerators },
        new DelegateCommand("info accelerators", "the accelerators that there are", TellAccelerators) { Needs = Behaviour.MonitorTellsAccelerators },
        new DelegateCommand("info firmware-log", "what the firmware has logged", static _ => throw new QmpException("firmware log buffer not found")) { Needs = Behaviour.MonitorTellsAccelerators },
        new DelegateCommand("info via", "a chip of other machines", static c => Tell(c, "MOS6522 VIA is not available in this QEMU\n")) { Needs = Behaviour.MonitorTellsAccelerators },
        new DelegateCommand("clear", "clear the console", static c => Tell(c, "\u001b[H\u001b[2J\u001b[3J")) { Needs = Behaviour.MonitorTellsAccelerators },
    ];

    private static ValueTask Tell(HmpContext context, string text)
    {
        context.Reply.Append(text);
        return default;
    }

    // Where the clock is moved by hand, the accelerator is that of tests.
    private static ValueTask TellAccelerators(HmpContext context)
        => Tell(context, context.Host.Layer.Context.Clock is VirtualClock ? "kvm mshv [qtest] tcg\n" : "kvm mshv qtest [tcg]\n");

    private static QmpException NoXen() => new("Xen event channel emulation not enabled");

    private static ValueTask Log(HmpContext context, HmpArgumentReader arguments)
    {
        string items = arguments.TakeOnlyString("string");
        try
        {
            if (!context.Host.Log.TrySet(items, warning => context.Reply.Append(warning).Append('\n')))
            {
                context.Reply.Append("Kinds of entries, parted by commas:\n");
                foreach ((string name, string description) in context.Host.Log.Kinds)
                {
                    context.Reply.Append(CultureInfo.InvariantCulture, $"{name,-15} {description}\n");
                }

                context.Reply.Append("trace:PATTERN   trace events\n");
            }
        }
        catch (QmpException e)
        {
            context.Reply.Append(e.Message).Append('\n');
        }

        return default;
    }

    private static ValueTask ChooseLogFile(HmpContext context, HmpArgumentReader arguments)
    {
        string path = arguments.TakeOnlyString("filename");
        try
        {
            context.Host.Log.SetFile(path);
        }
        catch (QmpException e)
        {
            context.Reply.Append(e.Message).Append('\n');
        }

        return default;
    }

    // Nothing is translated, but it is told.
    private static ValueTask Step(HmpContext context, HmpArgumentReader arguments)
    {
        string? choice = arguments.TakeOptionalString("string");
        arguments.ExpectEnd();
        if (choice is not (null or "on" or "off"))
        {
            return Tell(context, $"unexpected option {choice}\n");
        }

        context.Host.StepsInstructions = choice != "off";
        return default;
    }

    private static async ValueTask InjectCheckAsync(HmpContext context, HmpArgumentReader arguments)
    {
        const int banks = 10;
        const ulong isValid = 1UL << 63, isUncorrected = 1UL << 61;
        bool isForAll = arguments.TakeFlag('b');
        long processor = arguments.TakeShortNumber(), bank = arguments.TakeShortNumber();
        ulong status = (ulong)arguments.TakeNumber();
        _ = arguments.TakeNumber();
        _ = arguments.TakeNumber();
        _ = arguments.TakeNumber();
        arguments.ExpectEnd();
        if (!context.Host.Processors.Indices.Contains((int)Math.Min(processor, int.MaxValue)))
        {
            return;
        }

        string? problem = bank >= banks ? "Invalid MCE bank number"
            : (status & isValid) == 0 ? "Invalid MCE status code"
            : isForAll && context.ForQmp.Profile.Has(Behaviour.MachineChecksKnowTheirProcessor) ? "Guest CPU does not support MCA broadcast"
            : null;
        if (problem is not null)
        {
            context.Reply.Append(problem).Append('\n');
            return;
        }

        // A processor that has just been reset is not prepared for a check that it cannot correct.
        bool isFatal = (status & isUncorrected) != 0;
        context.Host.Layer.Events.Emit(new MemoryFailureEvent
        {
            Recipient = MemoryFailureRecipient.Guest,
            Action = isFatal ? MemoryFailureAction.Reset : MemoryFailureAction.Inject,
            Flags = new MemoryFailureFlags { ActionRequired = false, Recursive = false },
        });
        if (isFatal)
        {
            context.Reply.Append(CultureInfo.InvariantCulture, $"CPU {processor}: MCE capability is not enabled, raising triple fault");
            await MachineLife.ResetAsync(context.Host, ShutdownCause.GuestReset, byGuest: true);
        }
    }

    private static ValueTask DumpAsync(HmpContext context, HmpArgumentReader arguments)
    {
        bool readsPages = arguments.TakeFlag('p', "dwzlsR"), isDetached = arguments.TakeFlag('d', "wzlsR");
        bool isWindows = arguments.TakeFlag('w', "zlsR"), isZlib = arguments.TakeFlag('z', "lsR"), isLzo = arguments.TakeFlag('l', "sR"), isSnappy = arguments.TakeFlag('s', "R");
        string filename = arguments.TakeString("filename");
        long? begin = arguments.AtEnd ? null : arguments.TakeNumber();
        long? length = arguments.TakeLastNumber();
        if (new[] { isWindows, isZlib, isLzo, isSnappy }.Count(static isChosen => isChosen) > 1)
        {
            throw new QmpException("only one of '-z|-l|-s|-w' can be set");
        }

        return new DumpCommandHandler(context.Host).DumpGuestMemoryAsync(
            new DumpGuestMemoryArguments
            {
                Paging = readsPages,
                Protocol = $"file:{filename}",
                Detach = isDetached,
                Begin = begin,
                Length = length,
                Format = isWindows ? DumpGuestMemoryFormat.WinDmp : isZlib ? DumpGuestMemoryFormat.KdumpZlib : isLzo ? DumpGuestMemoryFormat.KdumpLzo : isSnappy ? DumpGuestMemoryFormat.KdumpSnappy : null,
            },
            context.ForQmp);
    }

    // There is nothing that a debugger could stop.
    private static ValueTask WaitForDebugger(HmpContext context, HmpArgumentReader arguments)
    {
        string device = arguments.TakeOptionalString("string") ?? "tcp::1234";
        arguments.ExpectEnd();
        return Tell(context, device == "none" ? "Disabled gdbserver\n" : $"Could not open gdbserver on device '{device}'\n");
    }

    private static ValueTask InjectError(HmpContext context, HmpArgumentReader arguments)
    {
        _ = arguments.TakeFlag('a', "c");
        _ = arguments.TakeFlag('c');
        string id = arguments.TakeString("string");
        _ = arguments.TakeString("string");
        bool exists = context.Host.Devices?.Exists(id) == true;
        if (context.ForQmp.Profile.Has(Behaviour.MonitorErrorsBeginSmall))
        {
            throw new QmpException(exists ? $"device '{id}' is not a PCIe device" : $"device '{id}' not found");
        }

        return Tell(context, exists ? $"the device doesn't support pci express. {id}\n" : $"id or pci device path is invalid or device not found. {id}\n");
    }

    private static ValueTask TellClientsAsync(HmpContext context, HmpArgumentReader arguments)
    {
        string protocol = arguments.TakeString("string"), host = arguments.TakeString("string");
        long? port = arguments.AtEnd ? null : arguments.TakeShortNumber();
        long? tlsPort = arguments.AtEnd ? null : arguments.TakeShortNumber();
        string? subject = arguments.TakeOptionalString("string");
        arguments.ExpectEnd();
        return new MigrationCommandHandler(context.Host).ClientMigrateInfoAsync(
            new ClientMigrateInfoArguments { Protocol = protocol, Hostname = host, Port = port, TlsPort = tlsPort, CertSubject = subject }, context.ForQmp);
    }

    // Nothing sounds that could be recorded.
    private static ValueTask Record(HmpContext context, HmpArgumentReader arguments)
    {
        _ = arguments.TakeString("filename");
        string device = arguments.TakeString("string");
        _ = arguments.AtEnd ? 0 : arguments.TakeShortNumber();
        _ = arguments.AtEnd ? 0 : arguments.TakeShortNumber();
        _ = arguments.TakeLastShortNumber();
        WarnOfSound(context, "wavcapture");
        return Tell(context, context.ForQmp.Profile.Has(Behaviour.MonitorErrorsBeginSmall) ? $"audiodev '{device}' not found\n" : $"Audiodev '{device}' not found\n");
    }

    private static ValueTask StopRecording(HmpContext context, HmpArgumentReader arguments)
    {
        _ = arguments.TakeShortNumber();
        arguments.ExpectEnd();
        WarnOfSound(context, "stopcapture");
        return default;
    }

    private static void WarnOfSound(HmpContext context, string command)
    {
        if (context.ForQmp.Profile.Has(Behaviour.SoundIsCapturedReluctantly))
        {
            context.Reply.Append($"warning: '{command}' is deprecated since v10.2, to be removed\n");
        }
    }

    private static ValueTask LookAtQueue(HmpContext context, HmpArgumentReader arguments, bool isVhost)
    {
        string path = arguments.TakeString("string");
        long queue = arguments.TakeShortNumber();
        _ = arguments.TakeLastShortNumber();
        bool isVirtio = context.Host.Devices?.ListVirtio().Any(device => device.Path == path) == true;
        QmpException.ThrowIf(!isVirtio, $"Path {path} is not a VirtIO{(isVhost ? "Device" : " device")}");
        throw new QmpException(isVhost ? "Error: vhost device has not started yet" : queue > 0 ? $"Invalid virtqueue number {queue}" : "Region caches not initialized");
    }

    private static ValueTask TellCryptography(HmpContext context)
    {
        foreach (CryptoDeviceObject device in context.Host.Objects.All<CryptoDeviceObject>())
        {
            context.Reply.Append(device.Name).Append(": service=[mac|hash|cipher]\n    queue 0: type=builtin\n");
        }

        return default;
    }

    private static ValueTask InjectXen(HmpContext context, HmpArgumentReader arguments)
    {
        _ = arguments.TakeShortNumber();
        arguments.ExpectEnd();
        throw NoXen();
    }
}
