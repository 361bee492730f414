using QmpHost.Hosting.CommandLine;

namespace QmpHost.Hosting.Programs.Machine;

/// <summary>Checks the options of screens and sounds: -display, -vga, -vnc, -spice, -audiodev, -audio. There is no screen, and nobody hears.</summary>
internal static class ScreenOptions
{
    private static readonly string[] Cards = ["none", "std", "cirrus", "vmware", "qxl", "virtio"];
    private static readonly string[] Missing = ["gtk", "sdl", "curses", "spice-app", "egl-headless", "dbus", "cocoa"];
    private static readonly string[] SoundDrivers = ["none", "wav"];
    private static readonly string[] MissingSoundDrivers = ["alsa", "coreaudio", "dbus", "dsound", "jack", "oss", "pa", "sdl", "sndio", "spice"];
    private static readonly string[] SoundPrefixes = ["in.", "out.", "timer-period", "path", "id", "driver", "model"];

    /// <summary>The displays as "-display help" lists them, a line each.</summary>
    public static IEnumerable<string> HelpLines => ["Available display backend types:", "none"];

    /// <summary>The graphic cards as "-vga help" lists them, a line each.</summary>
    public static IEnumerable<string> CardLines =>
    [
        "none                 no graphic card",
        "std                  standard VGA (default)",
        "cirrus               Cirrus VGA",
        "vmware               VMWare SVGA",
        "qxl                  QXL VGA",
        "virtio               Virtio VGA",
    ];

    /// <summary>Checks an option.</summary>
    /// <param name="option">The option; others pass.</param>
    /// <exception cref="CommandLineException">The value is wrong, or asks for what this build has not.</exception>
    public static void Check(GivenOption option)
    {
        switch (option.Name)
        {
            case "display":
                CheckDisplay(option);
                break;
            case "vga" when !Cards.Contains(option.Value):
                throw new CommandLineException($"unknown vga type: {option.Value}");
            case "vnc" when option.Value != "none":
                throw new CommandLineException(option, "VNC support is disabled");
            case "spice":
                throw new CommandLineException(option, "spice support is disabled");
            case "audiodev" or "audio" when !option.Value.StartsWith('{'):
                CheckSound(option);
                break;
            default:
                break;
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

        if (type != "none")
        {
            throw new CommandLineException(Missing.Contains(type)
                ? $"Display '{type}' is not available."
                : $"{option.Text}: Parameter 'type' does not accept value '{type}'");
        }

        if (opts.Keys.FirstOrDefault(key => key is not ("type" or "full-screen" or "window-close" or "show-cursor" or "gl")) is { } unknown)
        {
            throw new CommandLineException(option, $"Parameter '{unknown}' is unexpected");
        }
    }

    private static void CheckSound(GivenOption option)
    {
        QemuOpts opts = QemuOpts.Parse(option.Value, "driver");
        string driver = opts["driver"] ?? string.Empty;
        if (MissingSoundDrivers.Contains(driver))
        {
            throw new CommandLineException($"Unknown audio driver `{driver}'");
        }

        if (!SoundDrivers.Contains(driver))
        {
            throw new CommandLineException(option, $"Parameter 'driver' does not accept value '{driver}'");
        }

        string needed = option.Name == "audio" ? "model" : "id";
        if (opts[needed] is null)
        {
            throw new CommandLineException(option, $"Parameter '{needed}' is missing");
        }

        if (opts.Keys.FirstOrDefault(static key => !SoundPrefixes.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal))) is { } unknown)
        {
            throw new CommandLineException(option, $"Parameter '{unknown}' is unexpected");
        }
    }
}
