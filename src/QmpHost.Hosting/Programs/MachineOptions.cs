using QmpHost.Hosting.CommandLine;
using QmpHost.Machine.Devices;

namespace QmpHost.Hosting.Programs;

/// <summary>What a system command line says of the machine as a whole.</summary>
/// <param name="Type">The machine type, as <see cref="MachineBoard"/> knows it.</param>
/// <param name="Name">The guest's name, or null.</param>
/// <param name="Uuid">The guest's UUID.</param>
/// <param name="Accelerator">What makes time pass: <see cref="Qtest"/>, whose clock a client moves, or another.</param>
internal sealed record MachineOptions(string Type, string? Name, Guid Uuid, string Accelerator)
{
    /// <summary>The accelerator without a processor, under which time stands still until a client moves the clock.</summary>
    public const string Qtest = "qtest";

    private const string DefaultAccelerator = "tcg";
    private static readonly string[] Accelerators = [DefaultAccelerator, Qtest];

    // They say how a processor is emulated, and there is none.
    private static readonly string[] AcceleratorKeys = ["thread", "tb-size", "split-wx"];
    private static readonly string[] VgaTypes = ["none", "std"];

    /// <summary>The accelerators as "-accel help" lists them, a line each.</summary>
    public static IEnumerable<string> AcceleratorList => Accelerators.Prepend("Accelerators supported in QEMU binary:");

    /// <summary>The displays as "-display help" lists them, a line each.</summary>
    public static IEnumerable<string> DisplayList => ["Available display backend types:", "none"];

    /// <summary>The graphic cards as "-vga help" lists them, a line each.</summary>
    public static IEnumerable<string> VgaList => ["none                 no graphic card", "std                  standard VGA (default)"];

    /// <summary>The machine types as "-machine help" lists them, a line each.</summary>
    public static IEnumerable<string> TypeList => MachineBoard.List().Prepend("Supported machines are:");

    /// <summary>Reads the options, and checks those that have no effect on a machine without processor and screen.</summary>
    /// <param name="options">The options.</param>
    /// <param name="warn">Tells of what is taken but should be written otherwise.</param>
    /// <exception cref="CommandLineException">A value is wrong, or names something that this build has not.</exception>
    /// <returns>The machine.</returns>
    public static MachineOptions Parse(IReadOnlyList<GivenOption> options, Action<GivenOption, string> warn)
    {
        string type = MachineBoard.Default;
        string? name = null;
        Guid uuid = Guid.Empty;
        string? accelerator = null;
        foreach (GivenOption option in options)
        {
            switch (option.Name)
            {
                case "machine" or "M":
                    (type, string? wanted) = ParseType(option, options.Any(other => other.Name == "accel"));
                    accelerator = wanted ?? accelerator;
                    break;
                case "name":
                    name = OptionGroups.Name.Read(option, warn)["guest"];
                    break;
                case "uuid":
                    uuid = Guid.TryParseExact(option.Value, "D", out Guid value)
                        ? value
                        : throw new CommandLineException(option, "failed to parse UUID string: wrong format");
                    break;
                case "accel":
                    string another = ParseAccelerator(option);
                    accelerator ??= another;
                    break;
                case "display":
                    CheckDisplay(option);
                    break;
                case "msg":
                    CheckMessages(option, warn);
                    break;
                case "serial" or "parallel" when option.Value is not ("none" or "null"):
                    throw new CommandLineException(option, "this machine has no port to connect; only 'none' and 'null' are possible");
                case "qtest-log" when option.Value is not ("none" or "/dev/null"):
                    throw new CommandLineException(option, "there is no log of the qtest protocol in this build; only 'none' is possible");
                case "vga" when !VgaTypes.Contains(option.Value):
                    throw new CommandLineException($"unknown vga type: {option.Value}");
                default:
                    break;
            }
        }

        return new MachineOptions(type, name, uuid, accelerator ?? DefaultAccelerator);
    }

    private static (string Type, string? Accelerator) ParseType(GivenOption option, bool hasAccelerator)
    {
        string? accelerator = null;
        QemuOpts opts = QemuOpts.Parse(option.Value, "type");
        string type = opts["type"] ?? MachineBoard.Default;
        if (MachineBoard.TryMake(type) is null)
        {
            throw new CommandLineException("unsupported machine type\nUse -machine help to list supported machines");
        }

        foreach (string key in opts.WantsHelp ? opts.Keys.Append("help") : opts.Keys)
        {
            if (key == "accel")
            {
                accelerator = ChooseAccelerator(
                    hasAccelerator ? throw new CommandLineException("The -accel and \"-machine accel=\" options are incompatible") : opts[key]!,
                    "invalid accelerator ");
            }
            else if (key != "type")
            {
                throw new CommandLineException($"Property '{type}-machine.{key}' not found");
            }
        }

        return (type, accelerator);
    }

    private static string ParseAccelerator(GivenOption option)
    {
        QemuOpts opts = QemuOpts.Parse(option.Value, "accel");
        string accelerator = opts["accel"] ?? string.Empty;
        string chosen = ChooseAccelerator(accelerator, $"{option.Text}: invalid accelerator ");
        if (opts.Keys.FirstOrDefault(key => key != "accel" && !AcceleratorKeys.Contains(key)) is { } unknown)
        {
            throw new CommandLineException(option, $"Property '{accelerator}-accel.{unknown}' not found");
        }

        return chosen;
    }

    // Of several the first that there is.
    private static string ChooseAccelerator(string accelerators, string message)
    {
        string[] candidates = accelerators.Split(':');
        return candidates.FirstOrDefault(Accelerators.Contains) ?? throw new CommandLineException(message + candidates[0]);
    }

    private static void CheckMessages(GivenOption option, Action<GivenOption, string> warn)
    {
        QemuOpts opts = OptionGroups.Messages.Read(option, warn);
        if (opts.GetBool("timestamp", false) || opts.GetBool("guest-name", false))
        {
            throw new CommandLineException(option, "messages with times or names are not available in this build");
        }
    }

    private static void CheckDisplay(GivenOption option)
    {
        QemuOpts opts = QemuOpts.Parse(option.Value, "type");
        string type = opts["type"] ?? string.Empty;
        if (opts.WantsHelp)
        {
            throw new CommandLineException(option, "Help is not available for this option");
        }

        if (type == "none")
        {
            RejectDisplayKeys(option, opts);
        }
        else
        {
            throw new CommandLineException(type is "gtk" or "sdl" or "curses" or "spice-app" or "egl-headless" or "dbus"
                ? $"Display '{type}' is not available."
                : $"{option.Text}: Parameter 'type' does not accept value '{type}'");
        }
    }

    private static void RejectDisplayKeys(GivenOption option, QemuOpts opts)
    {
        if (opts.Keys.FirstOrDefault(key => key is not ("type" or "full-screen" or "window-close" or "show-cursor" or "gl")) is { } unknown)
        {
            throw new CommandLineException(option, $"Parameter '{unknown}' is unexpected");
        }
    }
}
