using QmpHost.Hosting.CommandLine;
using QmpHost.Machine.Running;
using QmpHost.Qapi.Schema;

namespace QmpHost.Hosting.Programs.Machine;

/// <summary>Reads the options that say what is done when the guest does something: -action, -no-reboot, -no-shutdown, -watchdog-action.</summary>
/// <param name="environment">The program's surroundings.</param>
internal sealed class ActionOptions(ProgramEnvironment environment)
{
    private delegate bool Parse<T>(string? text, out T value);

    /// <summary>Reads an option.</summary>
    /// <param name="option">The option.</param>
    /// <exception cref="CommandLineException">The value is wrong.</exception>
    /// <returns>The change, or null where the option says nothing of this.</returns>
    public Action<MachineActions>? Read(GivenOption option) => option.Name switch
    {
        "no-reboot" => static actions => actions.Reboot = RebootAction.Shutdown,
        "no-shutdown" => static actions => actions.Shutdown = ShutdownAction.Pause,
        "watchdog-action" => ReadWatchdog(option, option.Value),
        "action" => ReadActions(option),
        _ => null,
    };

    private Action<MachineActions> ReadActions(GivenOption option)
    {
        QemuOpts opts = FactOptionGroups.Of(environment.Profile, "action", null).Read(option, environment.Warn);
        Action<MachineActions> change = static _ => { };
        if (opts["reboot"] is { } reboot)
        {
            RebootAction value = Find<RebootAction>(option, "reboot", reboot, RebootActionEnum.TryParse);
            change += actions => actions.Reboot = value;
        }

        if (opts["shutdown"] is { } shutdown)
        {
            ShutdownAction value = Find<ShutdownAction>(option, "shutdown", shutdown, ShutdownActionEnum.TryParse);
            change += actions => actions.Shutdown = value;
        }

        if (opts["panic"] is { } panic)
        {
            PanicAction value = Find<PanicAction>(option, "panic", panic, PanicActionEnum.TryParse);
            change += actions => actions.Panic = value;
        }

        return opts["watchdog"] is { } watchdog ? change + ReadWatchdog(option, watchdog) : change;
    }

    private static Action<MachineActions> ReadWatchdog(GivenOption option, string text)
    {
        WatchdogAction value = Find<WatchdogAction>(option, "watchdog", text, WatchdogActionEnum.TryParse);
        return actions => actions.Watchdog = value;
    }

    private static T Find<T>(GivenOption option, string name, string text, Parse<T> parse)
        => parse(text, out T value) ? value : throw new CommandLineException(option, $"Parameter '{name}' does not accept value '{text}'");
}
