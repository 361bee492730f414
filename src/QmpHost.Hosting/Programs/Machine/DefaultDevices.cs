using QmpHost.Hosting.CommandLine;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;

namespace QmpHost.Hosting.Programs.Machine;

/// <summary>The devices that a board gets without being named: those that options of their own ask for, and those that it has unless told otherwise.</summary>
internal sealed class DefaultDevices
{
    private const string Port = "vc";

    private static readonly string[] Optical = ["ide-cd", "ide-hd", "scsi-cd", "scsi-hd"];
    private static readonly string[] Floppies = ["isa-fdc", "floppy"];
    private static readonly string[] Screens =
    [
        "VGA", "isa-vga", "cirrus-vga", "isa-cirrus-vga", "vmware-svga", "qxl-vga", "virtio-vga", "virtio-vga-gl", "ati-vga", "vhost-user-vga",
    ];

    private static readonly Dictionary<string, string> ScreenTypes = new(StringComparer.Ordinal)
    {
        ["std"] = "VGA",
        ["cirrus"] = "cirrus-vga",
        ["vmware"] = "vmware-svga",
        ["qxl"] = "qxl-vga",
        ["virtio"] = "virtio-vga",
    };

    private readonly IReadOnlyList<GivenOption> _options;
    private readonly HashSet<string> _named;
    private readonly bool _hasDefaults;
    private readonly bool _isQ35;

    /// <summary>Finds out which devices there are to be.</summary>
    /// <param name="options">The command line.</param>
    /// <param name="board">The board's full name.</param>
    public DefaultDevices(IReadOnlyList<GivenOption> options, string board)
    {
        _options = options;
        _isQ35 = board.StartsWith("pc-q35-", StringComparison.Ordinal);
        IsOnBoard = _isQ35 || board.StartsWith("pc-i440fx-", StringComparison.Ordinal);
        _hasDefaults = IsOnBoard && !Has("nodefaults");
        _named = [.. options.Where(static option => option.Name == "device").Select(DriverOf)];
    }

    /// <summary>Whether the board takes such devices at all.</summary>
    public bool IsOnBoard { get; }

    /// <summary>The drives that the board has a device for, or could have, in the notation of -drive.</summary>
    public IEnumerable<string> Drives
    {
        get
        {
            if (_hasDefaults && !_named.Overlaps(Optical))
            {
                yield return "if=ide,index=2,media=cdrom";
            }

            if (_hasDefaults && !_isQ35 && !_named.Overlaps(Floppies))
            {
                yield return "if=floppy,index=0";
            }

            if (_hasDefaults)
            {
                yield return "if=sd,index=0";
            }
        }
    }

    /// <summary>The type of the graphic card, or null.</summary>
    public string? Screen => !IsOnBoard ? null
        : _options.LastOrDefault(static option => option.Name == "vga") is { } chosen ? ScreenTypes.GetValueOrDefault(chosen.Value)
        : _hasDefaults && !_named.Overlaps(Screens) ? ScreenTypes["std"]
        : null;

    /// <summary>The network cards: the type of each and its properties.</summary>
    public IEnumerable<QDict> Cards
    {
        get
        {
            if (!IsOnBoard)
            {
                return [];
            }

            string usual = _isQ35 ? "e1000e" : "e1000";
            return _hasDefaults && !Has("nic") && !Has("net") && !Has("netdev")
                ? [Card(usual, null)]
                : _options.Where(static option => option.Name is "nic" or "net").Select(option => (option.Name, Opts: QemuOpts.Parse(option.Value, "type")))
                    .Where(static card => card.Opts["type"] != "none" && (card.Name == "nic" || card.Opts["type"] == "nic"))
                    .Select(card => Card(card.Opts["model"] is { } model ? model == "virtio" ? "virtio-net-pci" : model : usual, card.Opts["mac"] ?? card.Opts["macaddr"]));
        }
    }

    /// <summary>The serial and the parallel ports that no option names.</summary>
    /// <param name="kind">"serial" or "parallel".</param>
    public IEnumerable<GivenOption> Ports(string kind)
    {
        if (!_hasDefaults || Has(kind) || _named.Contains($"isa-{kind}"))
        {
            return [];
        }

        string value = !Has("nographic") ? Port : kind == "serial" ? "stdio" : "null";
        return [new GivenOption(kind, value, $"-{kind} {value}")];
    }

    private static QDict Card(string type, string? address)
    {
        var card = new QDict();
        card.Put("driver", new QString(type));
        if (address is not null)
        {
            card.Put("mac", new QString(address));
        }

        if (type.StartsWith("virtio-net-", StringComparison.Ordinal))
        {
            card.Put("vectors", new QString("0"));
        }

        return card;
    }

    private static string DriverOf(GivenOption option)
    {
        try
        {
            return option.Value.StartsWith('{')
                ? JsonParser.Parse(option.Value) is QDict json && json.TryGetValue("driver", out QObject? driver) && driver is QString text ? text.Value : string.Empty
                : QemuOpts.Parse(option.Value, "driver")["driver"] ?? string.Empty;
        }
        catch (QmpException)
        {
            // Told when the device is made.
            return string.Empty;
        }
    }

    private bool Has(string name) => _options.Any(option => option.Name == name);
}
