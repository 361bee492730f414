using System.Globalization;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.HumanMonitor.Families;

/// <summary>What is done to a guest from outside: keys, memory, boot order, passwords, events.</summary>
internal static class GuestFamily
{
    private const char FirstDrive = 'a';
    private const char LastDrive = 'p';

    /// <summary>The commands.</summary>
    public static IEnumerable<HmpCommand> All =>
    [
        new DelegateCommand("boot_set", "drives", "set what the next boot tries", SetBoot),
        new DelegateCommand("watchdog_action", "action", "set what a watchdog does", SetWatchdogAsync),
        new DelegateCommand("sendkey", "keys [milliseconds]", "press keys, named with dashes between", SendKeys),
        new DelegateCommand("mouse_move", "dx dy [dz]", "move the mouse", CheckMoves),
        new DelegateCommand("mouse_button", "state", "press and release buttons: 1 left, 2 middle, 4 right", CheckButtons),
        new DelegateCommand("mouse_set", "index", "choose the mouse that is moved", ChooseMouse),
        new DelegateCommand("screendump", "filename [device [head]]", "save what the screen shows", DumpScreenAsync),
        new DelegateCommand("memsave", "address size file", "save memory as a processor sees it", static (c, a) => SaveMemoryAsync(c, a, isPhysical: false)),
        new DelegateCommand("pmemsave", "address size file", "save memory", static (c, a) => SaveMemoryAsync(c, a, isPhysical: true)),
        new DelegateCommand("set_password", "protocol password [when-connected]", "set the password of a screen", SetPasswordAsync),
        new DelegateCommand("expire_password", "protocol time", "set when the password of a screen ends", ExpirePasswordAsync),
        new DelegateCommand("dumpdtb", "filename", "save the device tree", static (c, a)
            => Machine(c).DumpdtbAsync(new DumpdtbArguments { Filename = a.TakeOnlyString("filename") }, c.ForQmp)),
        new DelegateCommand("exit_preconfig", "leave the time before the machine is made", static _
            => throw new QmpException("The command is permitted only before machine initialization")),
        new DelegateCommand("getfd", "name", "take a descriptor that came with the command", static (c, a)
            => new FdCommandHandler(c.Host).GetfdAsync(new GetfdArguments { Fdname = a.TakeOnlyString("string") }, c.ForQmp)),
        new DelegateCommand("closefd", "name", "close a descriptor", static (c, a)
            => new FdCommandHandler(c.Host).ClosefdAsync(new ClosefdArguments { Fdname = a.TakeOnlyString("string") }, c.ForQmp)),
        new DelegateCommand("trace-event", "name on|off [vcpu]", "turn events of the trace on or off", SetTraceAsync),
        new DelegateCommand("info trace-events", "[name] [vcpu]", "the events of the trace", TellTraceAsync),
        new DelegateCommand("cpu", "index", "choose a processor", ChooseProcessor),
        new DelegateCommand("replay_break", "count", "stop a replay at an instruction", static (c, a)
            => TellOfReplay(c, a, "setting the breakpoint is allowed only in play mode")),
        new DelegateCommand("replay_seek", "count", "go to an instruction of a replay", static (c, a) => TellOfReplay(c, a, "replay must be enabled to seek")),
        new DelegateCommand("replay_delete_break", "do not stop a replay", static c =>
        {
            c.Reply.Append("replay breakpoints are allowed only in play mode\n");
            return default;
        }),
        new DelegateCommand("x_colo_lost_heartbeat", "take over from the other side", static _ => throw new QmpException("The feature 'colo' is not enabled")),
    ];

    private static MachineCommandHandler Machine(HmpContext context) => new(context.Host);

    private static UiCommandHandler Screen(HmpContext context) => new(context.Host);

    private static ValueTask SetBoot(HmpContext context, HmpArgumentReader arguments)
    {
        string drives = arguments.TakeOnlyString("string");
        for (int i = 0; i < drives.Length; i++)
        {
            if (drives[i] is < FirstDrive or > LastDrive)
            {
                context.Reply.Append("Invalid boot device '").Append(drives[i]).Append("'\n");
                return default;
            }

            if (drives.AsSpan(0, i).Contains(drives[i]))
            {
                context.Reply.Append("Boot device '").Append(drives[i]).Append("' was given twice\n");
                return default;
            }
        }

        context.Reply.Append("boot device list now set to ").Append(drives).Append('\n');
        return default;
    }

    private static ValueTask SetWatchdogAsync(HmpContext context, HmpArgumentReader arguments)
    {
        string text = arguments.TakeOnlyString("string");
        WatchdogAction action = WatchdogActionEnum.TryParse(text, out WatchdogAction known) ? known : throw Unknown(text);
        return new RunStateCommandHandler(context.Host).WatchdogSetActionAsync(new WatchdogSetActionArguments { Action = action }, context.ForQmp);
    }

    // A guest that is not there sees neither.
    private static ValueTask CheckMoves(HmpContext context, HmpArgumentReader arguments)
    {
        _ = arguments.TakeString("string");
        _ = arguments.TakeString("string");
        _ = arguments.TakeOptionalString("string");
        arguments.ExpectEnd();
        return default;
    }

    private static ValueTask CheckButtons(HmpContext context, HmpArgumentReader arguments)
    {
        _ = arguments.TakeShortNumber();
        arguments.ExpectEnd();
        return default;
    }

    private static ValueTask ChooseMouse(HmpContext context, HmpArgumentReader arguments)
    {
        long number = arguments.TakeShortNumber();
        arguments.ExpectEnd();
        int index = number is < 0 or > int.MaxValue ? -1 : (int)number;
        if (context.Host.Devices?.Input.TryChoose(index) == true)
        {
            return default;
        }

        string error = context.Host.Devices?.Input.NameOf(index) is { } other ? $"Input device '{other}' is not a mouse" : $"Mouse at index '{number}' not found";
        QmpException.ThrowIf(context.ForQmp.Profile.Has(Behaviour.WrongMiceAreErrors), error);
        context.Reply.Append(error).Append('\n');
        return default;
    }

    private static ValueTask SendKeys(HmpContext context, HmpArgumentReader arguments)
    {
        string keys = arguments.TakeString("string");
        if (!arguments.AtEnd)
        {
            _ = arguments.TakeShortNumber();
        }

        arguments.ExpectEnd();
        foreach (string key in keys.Split('-'))
        {
            if (!QKeyCodeEnum.TryParse(key, out _) && !key.StartsWith("0x", StringComparison.Ordinal) && key != "<")
            {
                context.Reply.Append("invalid parameter: ").Append(key).Append('\n');
                break;
            }
        }

        return default;
    }

    private static ValueTask DumpScreenAsync(HmpContext context, HmpArgumentReader arguments)
    {
        string filename = arguments.TakeString("filename");
        string? device = arguments.TakeOptionalString("string");
        return Screen(context).ScreendumpAsync(new ScreendumpArguments { Filename = filename, Device = device }, context.ForQmp);
    }

    private static ValueTask SaveMemoryAsync(HmpContext context, HmpArgumentReader arguments, bool isPhysical)
    {
        ulong address = unchecked((ulong)arguments.TakeNumber()), size = unchecked((ulong)arguments.TakeShortNumber());
        string filename = arguments.TakeOnlyString("string");
        return isPhysical
            ? Machine(context).PmemsaveAsync(new PmemsaveArguments { Val = address, Size = size, Filename = filename }, context.ForQmp)
            : Machine(context).MemsaveAsync(new MemsaveArguments { Val = address, Size = size, Filename = filename }, context.ForQmp);
    }

    private static ValueTask SetPasswordAsync(HmpContext context, HmpArgumentReader arguments)
    {
        string protocol = arguments.TakeString("string"), password = arguments.TakeString("string");
        _ = arguments.TakeOptionalString("string");
        arguments.ExpectEnd();
        return Screen(context).SetPasswordAsync(
            SetPasswordOptions.Of(ProtocolOf(protocol), new SetPasswordOptionsVnc(), password), context.ForQmp);
    }

    private static ValueTask ExpirePasswordAsync(HmpContext context, HmpArgumentReader arguments)
    {
        string protocol = arguments.TakeString("string"), time = arguments.TakeOnlyString("string");
        return Screen(context).ExpirePasswordAsync(ExpirePasswordOptions.Of(ProtocolOf(protocol), new ExpirePasswordOptionsVnc(), time), context.ForQmp);
    }

    private static DisplayProtocol ProtocolOf(string text)
        => DisplayProtocolEnum.TryParse(text, out DisplayProtocol protocol) ? protocol : throw Unknown(text);

    private static async ValueTask SetTraceAsync(HmpContext context, HmpArgumentReader arguments)
    {
        string name = arguments.TakeString("string");
        bool enable = arguments.TakeSwitch();
        long? processor = arguments.TakeLastShortNumber();
        try
        {
            await new TraceCommandHandler(context.Host).TraceEventSetStateAsync(
                new TraceEventSetStateArguments { Name = name, Enable = enable, Vcpu = processor }, context.ForQmp);
        }
        catch (QmpException e)
        {
            // Told without saying that it is an error.
            context.Reply.Append(e.Message).Append('\n');
        }
    }

    private static async ValueTask TellTraceAsync(HmpContext context, HmpArgumentReader arguments)
    {
        string name = arguments.TakeOptionalString("string") ?? "*";
        long? processor = arguments.TakeLastShortNumber();
        try
        {
            foreach (TraceEventInfo item in await new TraceCommandHandler(context.Host).TraceEventGetStateAsync(
                new TraceEventGetStateArguments { Name = name, Vcpu = processor }, context.ForQmp))
            {
                context.Reply.Append(item.Name).Append(" : state ").Append(item.State == TraceEventState.Enabled ? '1' : '0').Append('\n');
            }
        }
        catch (QmpException e)
        {
            context.Reply.Append(e.Message).Append('\n');
        }
    }

    private static ValueTask ChooseProcessor(HmpContext context, HmpArgumentReader arguments)
    {
        long index = arguments.TakeShortNumber();
        arguments.ExpectEnd();
        if (index >= context.Host.Processors.Count)
        {
            context.Reply.Append("invalid CPU index\n");
        }

        return default;
    }

    private static ValueTask TellOfReplay(HmpContext context, HmpArgumentReader arguments, string message)
    {
        _ = arguments.TakeNumber();
        arguments.ExpectEnd();
        context.Reply.Append(message).Append('\n');
        return default;
    }

    private static QmpException Unknown(string text) => new($"invalid parameter value: {text}");
}
