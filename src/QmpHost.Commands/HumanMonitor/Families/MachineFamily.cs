using System.Globalization;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.HumanMonitor.Families;

/// <summary>The life of the machine, and its memory.</summary>
internal static class MachineFamily
{
    private const int MebiBits = 20;

    /// <summary>The commands.</summary>
    public static IEnumerable<HmpCommand> All =>
    [
        new DelegateCommand("system_reset", "", "reset the system", static (c, a) => Only(a, () => Handler(c).SystemResetAsync(Context(c)))),
        new DelegateCommand("system_powerdown", "", "send system power down event", static (c, a) => Only(a, () => Handler(c).SystemPowerdownAsync(Context(c)))),
        new DelegateCommand("system_wakeup", "", "wakeup guest from suspend", static (c, a) => Only(a, () => Handler(c).SystemWakeupAsync(Context(c)))),
        new DelegateCommand("nmi", "", "inject an NMI", static (c, a) => Only(a, () => Handler(c).InjectNmiAsync(Context(c)))),
        new DelegateCommand("balloon", "target", "request VM to change its memory allocation (in MB)", Balloon),
        new DelegateCommand("info balloon", "", "show balloon information", TellBalloon),
    ];

    // The commands are those of the other monitor under another name.
    private static MachineCommandHandler Handler(HmpContext context) => new(context.Host);

    private static CommandContext Context(HmpContext context) => new() { Profile = context.Host.Layer.Profile, Program = context.Host.Identity.Program };

    private static ValueTask Only(HmpArgumentReader arguments, Func<ValueTask> run)
    {
        arguments.ExpectEnd();
        return run();
    }

    private static ValueTask Balloon(HmpContext context, HmpArgumentReader arguments)
    {
        long megabytes = arguments.TakeNumber();
        arguments.ExpectEnd();
        return Handler(context).BalloonAsync(new BalloonArguments { Value = megabytes << MebiBits }, Context(context));
    }

    private static async ValueTask TellBalloon(HmpContext context, HmpArgumentReader arguments)
    {
        arguments.ExpectEnd();
        BalloonInfo info = await Handler(context).QueryBalloonAsync(Context(context));
        context.Reply.Append(CultureInfo.InvariantCulture, $"balloon: actual={info.Actual >> MebiBits}\n");
    }
}
