using System.Globalization;
using QmpHost.Hosting.CommandLine;
using QmpHost.Machine.Devices;
using QmpHost.Qapi;
using QmpHost.Qapi.Keyval;

namespace QmpHost.Hosting.Programs.Machine;

/// <summary>Checks options that are about a running guest and show nowhere, or that ask for parts that this build has not.</summary>
/// <param name="environment">The program's surroundings.</param>
internal sealed class OtherOptions(ProgramEnvironment environment)
{
    private static readonly string[] SandboxKeys = ["obsolete", "elevateprivileges", "spawn", "resourcecontrol"];
    private static readonly string[] UsbDevices = ["braille", "keyboard", "mouse", "tablet", "wacom-tablet", "ccid", "disk"];

    // What would have to be done, and is not: to leave it out silently would be worse.
    private static readonly string[] Missing =
        ["gdb", "s", "plugin", "virtfs", "fsdev", "xen-attach", "xen-domid", "xen-domid-restrict", "chroot", "runas", "tpmdev", "dump-vmstate", "preconfig"];

    private static readonly string[] TableKeys =
        ["sig", "rev", "oem_id", "oem_table_id", "oem_rev", "asl_compiler_id", "asl_compiler_rev", "data", "file"];

    private static readonly Dictionary<string, string[]> Policies = new(StringComparer.Ordinal)
    {
        ["deprecated-input"] = ["accept", "reject", "crash"],
        ["deprecated-output"] = ["accept", "hide"],
        ["unstable-input"] = ["accept", "reject", "crash"],
        ["unstable-output"] = ["accept", "hide"],
    };

    private readonly List<GlobalProperty> _globals = [];
    private CompatibilityPolicy? _policy;

    /// <summary>What -compat says, or null where it says nothing.</summary>
    public CompatibilityPolicy? Policy => _policy?.IsActive == true ? _policy : null;

    /// <summary>The values of -global.</summary>
    public IReadOnlyList<GlobalProperty> Globals => _globals;

    /// <summary>Checks an option.</summary>
    /// <param name="option">The option; others pass.</param>
    /// <exception cref="CommandLineException">The value is wrong, or the option asks for what this build has not.</exception>
    public void Check(GivenOption option)
    {
        switch (option.Name)
        {
            case "overcommit":
                _ = FactOptionGroups.Of(environment.Profile, "overcommit", null).Read(option, environment.Warn);
                break;
            case "sandbox":
                CheckSandbox(option);
                break;
            case "global":
                _globals.Add(ReadGlobal(option));
                break;
            case "smbios":
                CheckFirmwareTable(option);
                break;
            case "icount":
                CheckInstructionCount(option);
                break;
            case "seed" when !CommandLineScalar.IsNumber(option.Value):
                throw new CommandLineException(option, $"Invalid seed number: {option.Value}");
            case "fw_cfg":
                CheckFirmwareFile(option);
                break;
            case "acpitable":
                CheckTable(option);
                break;
            case "rotate" when option.Value is not ("90" or "180" or "270"):
                throw new CommandLineException(option, "only 90, 180, 270 deg rotation is available");
            case "compat":
                CheckPolicy(option);
                break;
            case "gdb" when option.Value == "none":
                break;
            case "usbdevice" when !UsbDevices.Contains(option.Value.Split(':')[0]):
                throw new CommandLineException(option, $"could not add USB device '{option.Value}'");
            case "mem-path" when Path.GetDirectoryName(Path.GetFullPath(option.Value)) is { } folder && !Directory.Exists(folder):
                throw new CommandLineException($"can't open backing store {option.Value} for guest RAM: No such file or directory");
            case "option-rom" when !File.Exists(option.Value.Split(',')[0].Replace("romfile=", string.Empty, StringComparison.Ordinal)):
                throw new CommandLineException($"Could not open option rom '{option.Value}': No such file or directory") { IsBare = true };
            default:
                if (Missing.Contains(option.Name))
                {
                    throw new CommandLineException(option, "the option is not available in this build");
                }

                break;
        }
    }

    private void CheckSandbox(GivenOption option)
    {
        QemuOpts opts = FactOptionGroups.Of(environment.Profile, "sandbox", "enable").Read(option, environment.Warn);
        foreach (string key in SandboxKeys)
        {
            if (opts[key] is { } value && value is not ("allow" or "deny") && (key != "elevateprivileges" || value != "children"))
            {
                throw new CommandLineException(option, $"invalid argument for {key}");
            }
        }
    }

    // "driver.property=value", or the three by their names.
    private GlobalProperty ReadGlobal(GivenOption option)
    {
        int dot = option.Value.IndexOf('.', StringComparison.Ordinal), equals = option.Value.IndexOf('=', StringComparison.Ordinal);
        if (dot > 0 && equals > dot)
        {
            return new GlobalProperty(option.Value[..dot], option.Value[(dot + 1)..equals], option.Value[(equals + 1)..]);
        }

        QemuOpts opts = FactOptionGroups.Of(environment.Profile, "global", null).Read(option, environment.Warn);
        return opts["driver"] is { } driver && opts["property"] is { } property && opts["value"] is { } value
            ? new GlobalProperty(driver, property, value)
            : throw new CommandLineException(option, "options 'driver', 'property', and 'value' are required");
    }

    private void CheckFirmwareTable(GivenOption option)
    {
        QemuOpts opts = new OptionGroup("smbios", null, null).Read(option, environment.Warn);
        if (opts["file"] is { } file)
        {
            if (!File.Exists(file))
            {
                throw new CommandLineException(option, $"Cannot read SMBIOS file {file}");
            }

            return;
        }

        string type = opts["type"] ?? throw new CommandLineException(option, "Must specify type= or file=");
        if (!int.TryParse(type, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number is not (0 or 1 or 2 or 3 or 4 or 8 or 11 or 17 or 41))
        {
            throw new CommandLineException(option, $"Don't know how to build fields for SMBIOS type {type}");
        }

        if (opts.Keys.FirstOrDefault(key => !FirmwareTableKeys.Of(number).Contains(key)) is { } unknown)
        {
            throw new CommandLineException(option, $"Invalid parameter '{unknown}'");
        }
    }

    private void CheckInstructionCount(GivenOption option)
    {
        QemuOpts opts = FactOptionGroups.Of(environment.Profile, "icount", "shift").Read(option, environment.Warn);
        if (opts["shift"] is { } shift && shift != "auto" && !(int.TryParse(shift, NumberStyles.None, CultureInfo.InvariantCulture, out int bits) && bits <= 10))
        {
            throw new CommandLineException(option, "icount: Invalid shift value");
        }

        if (opts["rr"] is not null)
        {
            throw new CommandLineException(option, "there is no execution to record or replay");
        }
    }

    private void CheckFirmwareFile(GivenOption option)
    {
        QemuOpts opts = FactOptionGroups.Of(environment.Profile, "fw_cfg", "name").Read(option, environment.Warn);
        if (opts["name"] is null || new[] { opts["file"], opts["string"], opts["gen_id"] }.Count(static value => value is not null) != 1)
        {
            throw new CommandLineException(option, "name, plus exactly one of file, string and gen_id, are needed");
        }

        if (opts["file"] is { } file && !File.Exists(file))
        {
            throw new CommandLineException(option, $"can't load {file}: Failed to open file \u201c{file}\u201d: No such file or directory");
        }
    }

    private void CheckPolicy(GivenOption option)
    {
        QemuOpts opts = QemuOpts.Parse(option.Value, "type");
        if (option.Value is "help" or "?")
        {
            throw new CommandLineException(option, "Help is not available for this option");
        }

        // The last of these options is the only one.
        _policy = new CompatibilityPolicy(environment.Profile);
        foreach (string key in opts.Keys)
        {
            if (!Policies.TryGetValue(key, out string[]? known))
            {
                throw new CommandLineException(option, $"Parameter '{key}' is unexpected");
            }

            if (!known.Contains(opts[key]))
            {
                throw new CommandLineException(option, $"Parameter '{key}' does not accept value '{opts[key]}'");
            }

            if (opts[key] == "crash")
            {
                throw new CommandLineException(option, "the option is not available in this build");
            }

            _policy.Set(key, opts[key]!);
        }
    }

    private static void CheckTable(GivenOption option)
    {
        QemuOpts opts = QemuOpts.Parse(option.Value, "data");
        if (opts.Keys.FirstOrDefault(static key => !TableKeys.Contains(key)) is { } unknown)
        {
            throw new CommandLineException(option, $"Invalid parameter '{unknown}'");
        }

        if (opts["file"] is null && opts["data"] is null)
        {
            throw new CommandLineException(option, "'-acpitable' requires one of 'data' or 'file'");
        }

        string? file = opts["file"] ?? opts["data"];
        if (file is not null && file.Split(':').FirstOrDefault(static part => !File.Exists(part)) is { } missing)
        {
            throw new CommandLineException(option, $"can't open file {missing}: No such file or directory");
        }
    }
}
