using System.Globalization;
using System.Text;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.HumanMonitor.Families;

/// <summary>Character devices.</summary>
internal static class ChardevFamily
{
    /// <summary>The commands.</summary>
    public static IEnumerable<HmpCommand> All =>
    [
        new DelegateCommand("chardev-add", "args", "add chardev", static (context, arguments) => context.Host.OptionTexts.AddCharacterDeviceAsync(arguments.TakeRest())),
        new DelegateCommand("chardev-change", "id args", "change chardev", ChangeAsync),
        new DelegateCommand("chardev-remove", "id", "remove chardev", static (context, arguments) => context.Host.CharacterDevices.RemoveAsync(arguments.TakeOnlyString("string"))),
        new DelegateCommand("chardev-send-break", "id", "send a break on chardev", SendBreak),
        new DelegateCommand("ringbuf_read", "device size", "Read from a ring buffer character device", Read),
        new DelegateCommand("ringbuf_write", "device data", "Write to a ring buffer character device", Write),
        new DelegateCommand("info chardev", "", "show the character devices", List),
    ];

    private static ValueTask ChangeAsync(HmpContext context, HmpArgumentReader arguments)
    {
        string id = arguments.TakeString("string");
        return context.Host.OptionTexts.ChangeCharacterDeviceAsync(id, arguments.TakeRest());
    }

    private static ValueTask SendBreak(HmpContext context, HmpArgumentReader arguments)
    {
        context.Host.CharacterDevices.SendBreak(arguments.TakeOnlyString("string"));
        return default;
    }

    private static ValueTask Read(HmpContext context, HmpArgumentReader arguments)
    {
        string device = arguments.TakeString("string");
        long size = arguments.TakeShortNumber();
        arguments.ExpectEnd();
        _ = context.Host.CharacterDevices.ReadRing(device, 0);
        if (size <= 0)
        {
            throw new QmpException("size must be greater than zero");
        }

        foreach (char c in Encoding.UTF8.GetString(context.Host.CharacterDevices.ReadRing(device, (int)Math.Min(size, int.MaxValue))))
        {
            // Control characters would upset a terminal.
            bool isPlain = c is '\n' or '\t' || (c >= ' ' && c != '\x7f');
            _ = c == '\\' ? context.Reply.Append("\\\\")
                : isPlain ? context.Reply.Append(c)
                : context.Reply.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
        }

        context.Reply.Append('\n');
        return default;
    }

    private static ValueTask Write(HmpContext context, HmpArgumentReader arguments)
    {
        string device = arguments.TakeString("string");
        string data = arguments.TakeString("string");
        arguments.ExpectEnd();
        context.Host.CharacterDevices.WriteRing(device, Encoding.UTF8.GetBytes(data));
        return default;
    }

    private static ValueTask List(HmpContext context, HmpArgumentReader arguments)
    {
        arguments.ExpectEnd();
        foreach (ChardevInfo device in context.Host.CharacterDevices.Query())
        {
            context.Reply.Append(device.Label).Append(": filename=").Append(device.Filename).Append('\n');
        }

        return default;
    }
}
