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
        new DelegateCommand("system_reset", "reset the system", static c => Handler(c).SystemResetAsync(c.ForQmp)),
        new DelegateCommand("system_powerdown", "send system power down event", static c => Handler(c).SystemPowerdownAsync(c.ForQmp)),
        new DelegateCommand("system_wakeup", "wakeup guest from suspend", static c => Handler(c).SystemWakeupAsync(c.ForQmp)),
        new DelegateCommand("nmi", "inject an NMI", static c => Handler(c).InjectNmiAsync(c.ForQmp)),
        new DelegateCommand("balloon", "target", "request VM to change its memory allocation (in MB)", Balloon),
        new DelegateCommand("info balloon", "show balloon information", TellBalloon),
    ];

    // The commands are those of the other monitor under another name.
    private static MachineCommandHandler Handler(HmpContext context) => new(context.Host);

    private static ValueTask Balloon(HmpContext context, HmpArgumentReader arguments)
    {
        long megabytes = arguments.TakeNumber();
        arguments.ExpectEnd();
        return Handler(context).BalloonAsync(new BalloonArguments { Value = megabytes << MebiBits }, context.ForQmp);
    }

    private static async ValueTask TellBalloon(HmpContext context)
    {
        BalloonInfo info = await Handler(context).QueryBalloonAsync(context.ForQmp);
        context.Reply.Append(CultureInfo.InvariantCulture, $"balloon: actual={info.Actual >> MebiBits}\n");
    }
}
