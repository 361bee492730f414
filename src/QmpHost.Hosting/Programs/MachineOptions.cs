using QmpHost.Hosting.CommandLine;
using QmpHost.Machine.Devices;

namespace QmpHost.Hosting.Programs;

/// <summary>What a system command line says of the machine as a whole.</summary>
/// <param name="Type">The machine type, as <see cref="MachineBoard"/> knows it.</param>
/// <param name="Name">The guest's name, or null.</param>
/// <param name="Uuid">The guest's UUID.</param>
internal sealed record MachineOptions(string Type, string? Name, Guid Uuid)
{
    private static readonly string[] Accelerators = ["tcg", "qtest"];
    private static readonly string[] VgaTypes = ["none", "std"];

    /// <summary>The accelerators as "-accel help" lists them, a line each.</summary>
    public static IEnumerable<string> AcceleratorList => Accelerators.Prepend("Accelerators supported in QEMU binary:");

    /// <summary>The machine types as "-machine help" lists them, a line each.</summary>
    public static IEnumerable<string> TypeList => MachineBoard.List().Prepend("Supported machines are:");

    /// <summary>Reads the options, and checks those that have no effect on a machine without processor and screen.</summary>
    /// <param name="options">The options.</param>
    /// <exception cref="CommandLineException">A value is wrong, or names something that this build has not.</exception>
    /// <returns>The machine.</returns>
    public static MachineOptions Parse(IReadOnlyList<GivenOption> options)
    {
        string type = MachineBoard.Default;
        string? name = null;
        Guid uuid = Guid.Empty;
        foreach (GivenOption option in options)
        {
            switch (option.Name)
            {
                case "machine" or "M":
                    type = ParseType(option);
                    break;
                case "name":
                    name = ParseName(option);
                    break;
                case "uuid":
                    uuid = Guid.TryParseExact(option.Value, "D", out Guid value)
                        ? value
                        : throw new CommandLineException($"{option.Text}: failed to parse UUID string: wrong format");
                    break;
                case "accel":
                    CheckAccelerator(option);
                    break;
                case "display":
                    CheckDisplay(option);
                    break;
                case "msg":
                    CheckMessages(option);
                    break;
                case "serial" or "parallel" when option.Value is not ("none" or "null"):
                    throw new CommandLineException($"{option.Text}: this machine has no port to connect; only 'none' and 'null' are possible");
                case "qtest-log" when option.Value is not ("none" or "/dev/null"):
                    throw new CommandLineException($"{option.Text}: there is no log of the qtest protocol in this build; only 'none' is possible");
                case "vga" when !VgaTypes.Contains(option.Value):
                    throw new CommandLineException($"unknown vga type: {option.Value}");
                default:
                    break;
            }
        }

        return new MachineOptions(type, name, uuid);
    }

    private static string ParseType(GivenOption option)
    {
        QemuOpts opts = QemuOpts.Parse(option.Value, "type");
        string type = opts["type"] ?? MachineBoard.Default;
        if (MachineBoard.TryMake(type) is null)
        {
            throw new CommandLineException("unsupported machine type\nUse -machine help to list supported machines");
        }

        foreach (string key in opts.Keys)
        {
            if (key == "accel")
            {
                RequireAccelerator(opts[key]!, "invalid accelerator ");
            }
            else if (key != "type")
            {
                throw new CommandLineException($"Property '{type}-machine.{key}' not found");
            }
        }

        return type;
    }

    private static string? ParseName(GivenOption option)
    {
        try
        {
            QemuOpts opts = QemuOpts.Parse(option.Value, "guest");
            opts.RejectUnknown("guest", "process", "debug-threads");
            _ = opts.GetBool("debug-threads", false);
            return opts["guest"];
        }
        catch (CommandLineException e)
        {
            throw new CommandLineException($"{option.Text}: {e.Message}");
        }
    }

    private static void CheckAccelerator(GivenOption option)
    {
        QemuOpts opts = QemuOpts.Parse(option.Value, "accel");
        string accelerator = opts["accel"] ?? string.Empty;
        RequireAccelerator(accelerator, $"{option.Text}: invalid accelerator ");
        if (opts.Keys.FirstOrDefault(key => key != "accel") is { } unknown)
        {
            throw new CommandLineException($"{option.Text}: Property '{accelerator}-accel.{unknown}' not found");
        }
    }

    private static void RequireAccelerator(string accelerators, string message)
    {
        string[] candidates = accelerators.Split(':');
        if (!candidates.Any(Accelerators.Contains))
        {
            throw new CommandLineException(message + candidates[0]);
        }
    }

    private static void CheckMessages(GivenOption option)
    {
        try
        {
            QemuOpts opts = QemuOpts.Parse(option.Value, null);
            opts.RejectUnknown("timestamp", "guest-name");
            if (opts.GetBool("timestamp", false) || opts.GetBool("guest-name", false))
            {
                throw new CommandLineException("messages with times or names are not available in this build");
            }
        }
        catch (CommandLineException e)
        {
            throw new CommandLineException($"{option.Text}: {e.Message}");
        }
    }

    private static void CheckDisplay(GivenOption option)
    {
        string type = QemuOpts.Parse(option.Value, "type")["type"] ?? string.Empty;
        if (type != "none")
        {
            throw new CommandLineException(type is "gtk" or "sdl" or "curses" or "spice-app" or "egl-headless" or "dbus"
                ? $"Display '{type}' is not available."
                : $"{option.Text}: Parameter 'type' does not accept value '{type}'");
        }
    }
}
