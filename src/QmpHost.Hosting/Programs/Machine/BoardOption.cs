using System.Globalization;
using QmpHost.Hosting.CommandLine;
using QmpHost.Machine.Devices;
using QmpHost.Machine.Facts;
using QmpHost.Qapi;
using QmpHost.Qapi.Keyval;
using QmpHost.Qapi.Schema;

namespace QmpHost.Hosting.Programs.Machine;

/// <summary>What -machine says: the board and its properties. Several of them are one, in which the last word counts.</summary>
/// <param name="environment">The program's surroundings.</param>
internal sealed class BoardOption(ProgramEnvironment environment)
{
    private const string DefaultBoard = "pc";
    private const ulong FourGiB = 1UL << 32;

    private static readonly string[] OfSmallBoard =
        ["pic", "pit", "rtc", "pcie", "ioapic2", "isa-serial", "x-option-roms", "auto-kernel-cmdline", "acpi", "smm", "sgx-epc"];

    private static readonly string[] OnOffAuto = ["auto", "on", "off"];
    private static readonly string[] OfAccelerators = ["kernel-irqchip", "kvm-shadow-mem", "igd-passthru"];

    private readonly Dictionary<string, string> _properties = new(StringComparer.Ordinal);

    /// <summary>The board, by its name or an alias.</summary>
    public string Type { get; private set; } = DefaultBoard;

    /// <summary>The accelerators that are asked for, or null.</summary>
    public string? Accelerators { get; private set; }

    /// <summary>The id of the object that is the memory, or null.</summary>
    public string? MemoryBackend => _properties.GetValueOrDefault("memory-backend");

    /// <summary>Whether memory modules may be persistent.</summary>
    public bool HasPersistentMemory => CommandLineScalar.ReadSwitch(_properties.GetValueOrDefault("nvdimm", "off")) == true;

    /// <summary>Whether the board tells a guest how fast memory is.</summary>
    public bool TellsMemorySpeed => CommandLineScalar.ReadSwitch(_properties.GetValueOrDefault("hmat", "off")) == true;

    /// <summary>The nodes that the chips for firmware get, by the numbers of the chips.</summary>
    public IReadOnlyList<(int Unit, string Node)> Flash
        => [.. Enumerable.Range(0, 2).Where(unit => _properties.ContainsKey($"pflash{unit}")).Select(unit => (unit, _properties[$"pflash{unit}"]))];

    /// <summary>Whether the board is to have a USB controller.</summary>
    /// <param name="byOption">Whether an option of its own says so.</param>
    /// <exception cref="CommandLineException">The controllers of this board are not in this build.</exception>
    public bool HasUsb(bool byOption)
    {
        if (Type is "none" or "microvm" || !(byOption || CommandLineScalar.ReadSwitch(_properties.GetValueOrDefault("usb", "off")) == true))
        {
            return false;
        }

        return Type.Contains("q35", StringComparison.Ordinal)
            ? throw new CommandLineException("the USB controllers of this board are not available in this build; add one with -device qemu-xhci")
            : true;
    }

    /// <summary>Takes an option.</summary>
    /// <param name="option">The option.</param>
    /// <exception cref="CommandLineException">It cannot be read.</exception>
    public void Take(GivenOption option)
    {
        QDict opts;
        try
        {
            opts = KeyvalParser.Parse(option.Value, "type", out bool wantsHelp);
            if (wantsHelp)
            {
                throw new HelpRequestedException(BoardHelp.Lines(opts.TryGetValue("type", out QObject? type) && type is QString name ? name.Value : null, environment.Profile));
            }
        }
        catch (QmpException e)
        {
            throw new CommandLineException(option, e.Message);
        }

        foreach ((string key, QObject value) in opts)
        {
            string text = (value as QString)?.Value ?? string.Empty;
            switch (key)
            {
                case "type":
                    Type = text;
                    break;
                case "accel":
                    Accelerators = text;
                    break;
                default:
                    _properties[key.Replace('_', '-')] = text;
                    break;
            }
        }
    }

    /// <summary>Checks board and properties.</summary>
    /// <exception cref="CommandLineException">There is no such board, or it has no such property, or a value is wrong.</exception>
    public void Check()
    {
        if (MachineBoard.TryMake(Type, environment.Profile) is not { } board)
        {
            throw new CommandLineException("unsupported machine type\nUse -machine help to list supported machines");
        }

        string type = $"{board.Name}-machine";
        foreach ((string key, string value) in _properties.Where(static property => !OfAccelerators.Contains(property.Key)))
        {
            if (board.Name == "microvm" && OfSmallBoard.Contains(key))
            {
                Check(new ObjectPropertyInfo { Name = key, Type = "OnOffAuto" }, value);
                continue;
            }

            ObjectPropertyInfo property = ListProperties(type).FirstOrDefault(known => known.Name == key)
                ?? throw new CommandLineException($"Property '{type}.{key}' not found");
            Check(property, value);
        }
    }

    // Properties of the small board are not recorded; it has those of all boards, and some of its own.
    private IReadOnlyList<ObjectPropertyInfo> ListProperties(string type)
        => TypeFacts.Of(environment.Profile).ListProperties(type == "microvm-machine" ? "none-machine" : type);

    private static void Check(ObjectPropertyInfo property, string value)
    {
        if (property.Name == "max-ram-below-4g" && CommandLineScalar.IsSize(value) && CommandLineScalar.ReadSize(value) is var limit and > FourGiB)
        {
            throw new CommandLineException(string.Create(CultureInfo.InvariantCulture, $"Machine option 'max-ram-below-4g={limit}' expects size less than or equal to 4G"));
        }

        switch (property.Type)
        {
            case "bool" when !CommandLineScalar.IsSwitch(value):
                throw new CommandLineException($"Parameter '{property.Name}' expects 'on' or 'off'");
            case "OnOffAuto" when !OnOffAuto.Contains(value):
                throw new CommandLineException($"Parameter '{property.Name}' does not accept value '{value}'");
            case "size" when !CommandLineScalar.IsSize(value):
                throw new CommandLineException($"Parameter '{property.Name}' expects size");
            case "int" or "uint64_t" when !CommandLineScalar.IsNumber(value):
                throw new CommandLineException($"Parameter '{property.Name}' expects integer");
            default:
                break;
        }
    }
}
