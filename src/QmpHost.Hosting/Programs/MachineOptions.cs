using QmpHost.Hosting.CommandLine;
using QmpHost.Hosting.Programs.Machine;
using QmpHost.Machine.Boards;
using QmpHost.Machine.Devices;
using QmpHost.Machine.Facts;
using QmpHost.Machine.Running;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Hosting.Programs;

/// <summary>What a system command line says of the machine as a whole.</summary>
/// <param name="Type">The board, by its name or an alias.</param>
/// <param name="Accelerator">What makes time pass: <see cref="AcceleratorChoice.Qtest"/>, whose clock a client moves, or another.</param>
internal sealed record MachineOptions(string Type, string Accelerator)
{
    private const ulong DefaultMemory = 128 << 20;

    /// <summary>The guest's name, or null.</summary>
    public string? Name { get; private init; }

    /// <summary>The guest's UUID.</summary>
    public Guid Uuid { get; private init; }

    /// <summary>What is kept and shown.</summary>
    public MachineConfiguration Configuration { get; private init; } = new();

    /// <summary>What is done when the guest does something.</summary>
    public Action<MachineActions> Actions { get; private init; } = static _ => { };

    /// <summary>The network backends.</summary>
    public IEnumerable<(GivenOption Option, Netdev Backend)> Networks { get; private init; } = [];

    /// <summary>What is logged.</summary>
    public required LogOptions Log { get; init; }

    /// <summary>What becomes of what is deprecated or unstable, or null.</summary>
    public CompatibilityPolicy? Policy { get; private init; }

    /// <summary>Values that all devices of a type begin with.</summary>
    public IReadOnlyList<GlobalProperty> Globals { get; private init; } = [];

    /// <summary>The nodes that the board's chips for firmware get, by the numbers of the chips.</summary>
    public IReadOnlyList<(int Unit, string Node)> Flash { get; private init; } = [];

    /// <summary>Whether the board has a USB controller.</summary>
    public bool HasUsb { get; private init; }

    /// <summary>Whether messages begin with the time.</summary>
    public bool StampsMessages { get; private init; }

    /// <summary>Reads the options and checks them, also those that have no effect on a machine without a running guest.</summary>
    /// <param name="options">The options.</param>
    /// <param name="environment">The program's surroundings.</param>
    /// <exception cref="CommandLineException">A value is wrong, or names something that this build has not.</exception>
    /// <returns>The machine.</returns>
    public static MachineOptions Parse(IReadOnlyList<GivenOption> options, ProgramEnvironment environment)
    {
        var board = new BoardOption(environment);
        var accelerators = new AcceleratorChoice(environment.StandardError.WriteLine, environment.Name);
        var firmware = new FirmwareOptions();
        var networks = new NetworkOptions(environment);
        var actions = new ActionOptions(environment);
        var others = new OtherOptions(environment);
        var log = new LogOptions(environment);
        MemoryOption? memory = null;
        Action<MachineActions> changes = static _ => { };
        string? name = null;
        Guid uuid = Guid.Empty;
        bool stamps = false;
        foreach (GivenOption option in options)
        {
            switch (option.Name)
            {
                case "machine" or "M":
                    board.Take(option);
                    break;
                case "name":
                    name = OptionGroups.Name.Read(option, environment.Warn)["guest"];
                    break;
                case "uuid":
                    uuid = Guid.TryParseExact(option.Value, "D", out Guid value)
                        ? value
                        : throw new CommandLineException(option, "failed to parse UUID string: wrong format");
                    break;
                case "accel":
                    accelerators.Add(option);
                    break;
                case "enable-kvm":
                    accelerators.AddOfMachine("kvm");
                    break;
                case "m":
                    memory = MemoryOption.Read(option, environment);
                    break;
                case "msg":
                    stamps = ReadMessages(option, environment);
                    break;
                case "qtest-log" when option.Value is not ("none" or "/dev/null"):
                    throw new CommandLineException(option, "there is no log of the qtest protocol in this build; only 'none' is possible");
                case "rtc":
                    ClockOption.Check(option, environment);
                    break;
                case "boot":
                    BootOption.Check(option);
                    break;
                default:
                    firmware.Take(option);
                    networks.Take(option);
                    ScreenOptions.Check(option);
                    others.Check(option);
                    log.Take(option);
                    changes += actions.Read(option);
                    break;
            }
        }

        if (board.Accelerators is { } names)
        {
            accelerators.AddOfMachine(names);
        }

        if (options.Any(static option => option.Name == "incoming") && options.Any(static option => option.Name == "loadvm"))
        {
            throw new CommandLineException("'incoming' and 'loadvm' options are mutually exclusive");
        }

        board.Check();
        string accelerator = accelerators.Choose();
        MachineConfiguration configuration = Configure(options, environment, board, memory);
        firmware.Check(board.Type != "none");
        return new MachineOptions(board.Type, accelerator)
        {
            Name = name,
            Uuid = uuid,
            Configuration = configuration,
            Actions = changes,
            Networks = networks.Backends,
            Log = log,
            Globals = others.Globals,
            Policy = others.Policy,
            Flash = board.Flash,
            HasUsb = board.HasUsb(options.Any(static option => option.Name == "usb")),
            StampsMessages = stamps,
        };
    }

    private static bool ReadMessages(GivenOption option, ProgramEnvironment environment)
        => OptionGroups.Messages.Read(option, environment.Warn).GetBool("timestamp", false);

    private static MachineConfiguration Configure(IReadOnlyList<GivenOption> options, ProgramEnvironment environment, BoardOption board, MemoryOption? memory)
    {
        CpuTopology topology = options.LastOrDefault(static option => option.Name == "smp") is { } smp
            ? TopologyOption.Read(
                smp,
                MachineFacts.Of(environment.Profile).Find(board.Type)!,
                text => environment.StandardError.WriteLine($"{environment.Name}: warning: {text}"))
            : new CpuTopology();
        (string? model, QDict features) = options.LastOrDefault(static option => option.Name == "cpu") is { } cpu
            ? CpuOption.Read(cpu.Value, environment.Profile)
            : (null, new QDict());
        return new MachineConfiguration
        {
            Topology = topology,
            CpuModel = model,
            CpuFeatures = features,
            Nodes = new MemoryNodeOptions(board.Type, topology, environment.Profile, board.TellsMemorySpeed).Read(options),
            MemorySize = memory?.Size ?? (board.Type == "none" ? 0 : DefaultMemory),
            MaxMemorySize = memory?.Most ?? 0,
            MemorySlots = memory?.Slots ?? 0,
            HasPersistentMemory = board.HasPersistentMemory,
            HasGivenSize = memory?.Size is not null,
            MemoryBackend = board.MemoryBackend,
            WaitsForMigration = options.Any(static option => option.Name == "incoming"),
        };
    }
}
