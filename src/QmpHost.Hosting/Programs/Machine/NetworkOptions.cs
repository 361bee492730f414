using QmpHost.Hosting.CommandLine;
using QmpHost.Machine.Network;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Hosting.Programs.Machine;

/// <summary>Reads the options of networks: -netdev, -nic and -net.</summary>
/// <param name="environment">The program's surroundings.</param>
internal sealed class NetworkOptions(ProgramEnvironment environment)
{
    private static readonly string[] CardModels =
    [
        "e1000", "e1000-82544gc", "e1000-82545em", "e1000e", "i82550", "i82551", "i82557a", "i82557b", "i82557c", "i82558a", "i82558b", "i82559a",
        "i82559b", "i82559c", "i82559er", "i82562", "i82801", "ne2k_pci", "pcnet", "pvrdma", "rtl8139", "tulip", "virtio-net-pci",
        "virtio-net-pci-non-transitional", "virtio-net-pci-transitional", "vmxnet3",
    ];

    private static readonly string[] CardKeys = ["type", "model", "mac", "macaddr", "id", "addr", "vectors", "name", "netdev"];

    /// <summary>The keys that may be given more than once.</summary>
    public static IReadOnlyCollection<string> RepeatedKeys { get; } = ["hostfwd", "guestfwd", "dnssearch"];

    private readonly KeyvalOptions _keyval = new(environment.Profile);
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);

    /// <summary>The lines of "-netdev help".</summary>
    public static IEnumerable<string> HelpLines => NetworkBackends.Kinds.Prepend("Available netdev backend types:");

    /// <summary>The backends that the options make.</summary>
    public IList<(GivenOption Option, Netdev Backend)> Backends { get; } = [];

    /// <summary>Takes an option.</summary>
    /// <param name="option">The option.</param>
    /// <exception cref="CommandLineException">The value is wrong.</exception>
    /// <exception cref="HelpRequestedException">The value asks for help.</exception>
    public void Take(GivenOption option)
    {
        if (option is { Name: "netdev" or "nic" or "net", Value: "help" or "?" })
        {
            throw new HelpRequestedException(HelpLines);
        }

        switch (option.Name)
        {
            case "netdev":
                AddBackend(option);
                break;
            case "nic" or "net":
                CheckCard(option);
                break;
            default:
                break;
        }
    }

    private void AddBackend(GivenOption option)
    {
        if (!option.Value.StartsWith('{'))
        {
            QemuOpts opts = OptionGroups.Netdev.Read(option, environment.Warn);
            if (opts["id"] is { } id && !_ids.Add(id))
            {
                throw new CommandLineException(option, $"Duplicate ID '{id}' for netdev");
            }
        }

        try
        {
            Backends.Add((option, _keyval.Read(option, "type", Netdev.Visit, repeated: RepeatedKeys)));
        }
        catch (CommandLineException e) when (e.Reason.StartsWith("Parameter '", StringComparison.Ordinal) && e.Reason.EndsWith("' is unexpected", StringComparison.Ordinal))
        {
            // The older notation calls it so.
            throw new CommandLineException(option, $"Invalid parameter '{e.Reason.Split('\'')[1]}'");
        }
    }

    // Cards and what they are connected to are one option here; nothing is sent.
    private void CheckCard(GivenOption option)
    {
        QemuOpts opts = OptionGroups.Card.Read(option, environment.Warn);
        string type = opts["type"] ?? string.Empty;
        if (type == "none")
        {
            return;
        }

        if (!NetClientDriverEnum.TryParse(type, out _))
        {
            throw new CommandLineException(option, $"Parameter 'type' does not accept value '{type}'");
        }

        if (type != "nic" && !NetworkBackends.Kinds.Contains(type))
        {
            throw new CommandLineException(option, $"network backend '{type}' is not compiled into this binary");
        }

        CheckModel(option, opts);
    }

    private static void CheckModel(GivenOption option, QemuOpts opts)
    {
        if (opts["model"] is "help" or "?")
        {
            throw new HelpRequestedException(CardModels);
        }

        if ((opts["mac"] ?? opts["macaddr"]) is { } address && !IsEthernetAddress(address))
        {
            throw new CommandLineException(option, "invalid syntax for ethernet address");
        }

        if (opts["model"] is { } model and not "virtio" && !CardModels.Contains(model))
        {
            throw new CommandLineException($"Unsupported NIC model: {model}");
        }

        if (opts["type"] == "nic" && opts.Keys.FirstOrDefault(static key => !CardKeys.Contains(key)) is { } unknown)
        {
            throw new CommandLineException(option, $"Invalid parameter '{unknown}'");
        }
    }

    private static bool IsEthernetAddress(string text)
    {
        string[] bytes = text.Split(text.Contains('-', StringComparison.Ordinal) ? '-' : ':');
        return bytes.Length == 6 && bytes.All(static part => part.Length is 1 or 2 && part.All(char.IsAsciiHexDigit));
    }
}
