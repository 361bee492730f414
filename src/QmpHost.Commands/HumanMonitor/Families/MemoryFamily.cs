using System.Globalization;
using QmpHost.Machine.Boards;
using QmpHost.Qapi;

namespace QmpHost.Commands.HumanMonitor.Families;

/// <summary>Looking at memory, ports and values: no guest has run, so all memory is zero and nothing answers at ports.</summary>
internal static class MemoryFamily
{
    private const int BytesPerLine = 16;
    private const int InstructionLength = 2;
    private const int PortMask = 0xffff;

    /// <summary>The commands.</summary>
    public static IEnumerable<HmpCommand> All =>
    [
        new DelegateCommand("x", "/fmt address", "show memory as a processor sees it", static (c, a) => Show(c, a, isPhysical: false)),
        new DelegateCommand("xp", "/fmt address", "show memory", static (c, a) => Show(c, a, isPhysical: true)),
        new DelegateCommand("print", "/fmt expression", "show the value of an expression", Print) { Short = "p" },
        new DelegateCommand("sum", "address size", "add up the bytes of memory as BSD's sum does", Sum),
        new DelegateCommand("i", "/fmt port[.index]", "read from a port", Read),
        new DelegateCommand("o", "/fmt port value", "write to a port", Write),
        new DelegateCommand("gpa2hva", "address", "where the process has memory of the guest", static (c, a) => Translate(c, a)),
        new DelegateCommand("gpa2hpa", "address", "where the computer has memory of the guest", static (c, a) => Translate(c, a)),
        new DelegateCommand("gva2gpa", "address", "where a processor finds an address in memory", TranslateVirtual),
    ];

    private static HmpFormat TakeFormat(HmpContext context, HmpArgumentReader arguments)
    {
        HmpFormat format = arguments.TakeFormat(new HmpFormat(1, context.Host.MemoryView.Letter, context.Host.MemoryView.Size));
        context.Host.MemoryView = (format.Letter, format.Size);
        return format;
    }

    private static ValueTask Print(HmpContext context, HmpArgumentReader arguments)
    {
        HmpFormat format = TakeFormat(context, arguments);
        long value = arguments.TakeNumber();
        arguments.ExpectEnd();
        context.Reply.Append(format.Show(value)).Append('\n');
        return default;
    }

    private static ValueTask Show(HmpContext context, HmpArgumentReader arguments, bool isPhysical)
    {
        HmpFormat format = TakeFormat(context, arguments);
        ulong address = (ulong)arguments.TakeNumber();
        arguments.ExpectEnd();
        bool needsProcessor = !isPhysical || format.Letter == 'i';
        if (needsProcessor && context.Host.Processors.Count == 0)
        {
            context.Reply.Append("Can not dump without CPU\n");
        }
        else if (format.Letter == 'i')
        {
            ShowInstructions(context, address, format.Count);
        }
        else
        {
            bool isShort = isPhysical && context.ForQmp.Profile.Has(Behaviour.MonitorReadsLikeDebuggers);
            ShowNumbers(context, format, address, isShort ? 8 : 16);
        }

        return default;
    }

    private static void ShowNumbers(HmpContext context, HmpFormat format, ulong address, int digits)
    {
        GuestMemory memory = GuestMemoryMap.Of(context.Host);
        int size = format.Letter == 'c' ? 1 : format.Size;
        int lineLength = format.Letter != 'c' && size == 1 ? BytesPerLine / 2 : BytesPerLine;
        string item = " " + (format with { Size = size }).ShowAligned(0, context.ForQmp.Profile.Has(Behaviour.MonitorReadsLikeDebuggers));
        for (long left = (long)format.Count * format.Size; left > 0; left -= lineLength)
        {
            context.Reply.Append(address.ToString("x", CultureInfo.InvariantCulture).PadLeft(digits, '0')).Append(':');
            int length = (int)Math.Min(left, lineLength);
            if (!memory.Contains(address, (ulong)length))
            {
                context.Reply.Append(" Cannot access memory\n");
                return;
            }

            for (int i = 0; i < length / size; i++)
            {
                context.Reply.Append(item);
            }

            context.Reply.Append('\n');
            address += (ulong)length;
        }
    }

    // Two zero bytes are an instruction.
    private static void ShowInstructions(HmpContext context, ulong address, int count)
    {
        GuestMemory memory = GuestMemoryMap.Of(context.Host);
        for (int i = 0; i < count; i++, address += InstructionLength)
        {
            context.Reply.Append(CultureInfo.InvariantCulture, $"0x{address:x8}: ");
            if (!memory.Contains(address, InstructionLength))
            {
                context.Reply.Append("unable to read memory\n");
                return;
            }

            context.Reply.Append(" 00 00                    addb     %al, (%bx, %si)\n");
        }
    }

    private static ValueTask Sum(HmpContext context, HmpArgumentReader arguments)
    {
        _ = arguments.TakeShortNumber();
        _ = arguments.TakeShortNumber();
        arguments.ExpectEnd();
        context.Reply.Append("00000\n");
        return default;
    }

    private static ValueTask Read(HmpContext context, HmpArgumentReader arguments)
    {
        HmpFormat format = TakeFormat(context, arguments);
        long port = arguments.TakeShortNumber();
        if (arguments.TakeIndex() is not null)
        {
            port++;
        }

        arguments.ExpectEnd();
        (char suffix, ulong value) = format.Size switch
        {
            2 => ('w', ushort.MaxValue),
            4 => ('l', uint.MaxValue),
            _ => ('b', (ulong)byte.MaxValue),
        };
        string digits = value.ToString("x", CultureInfo.InvariantCulture).PadLeft(format.Size * 2, '0');
        context.Reply.Append(CultureInfo.InvariantCulture, $"port{suffix}[0x{port & PortMask:x4}] = 0x{digits}\n");
        return default;
    }

    // Nobody listens.
    private static ValueTask Write(HmpContext context, HmpArgumentReader arguments)
    {
        _ = TakeFormat(context, arguments);
        _ = arguments.TakeShortNumber();
        _ = arguments.TakeShortNumber();
        arguments.ExpectEnd();
        return default;
    }

    // The process has no memory that is the guest's.
    private static ValueTask Translate(HmpContext context, HmpArgumentReader arguments)
    {
        ulong address = (ulong)arguments.TakeNumber();
        arguments.ExpectEnd();
        string problem = GuestMemoryMap.Of(context.Host).Contains(address, 1) ? "Memory at address 0x{0:x} is not RAM" : "No memory is mapped at address 0x{0:x}";
        context.Reply.AppendFormat(CultureInfo.InvariantCulture, problem, address).Append('\n');
        return default;
    }

    private static ValueTask TranslateVirtual(HmpContext context, HmpArgumentReader arguments)
    {
        const ulong addressable = (1UL << 52) - 1;
        ulong address = (ulong)arguments.TakeNumber() & addressable;
        arguments.ExpectEnd();
        bool hasPrefix = address > 0 || context.ForQmp.Profile.Has(Behaviour.MonitorReadsLikeDebuggers);
        context.Reply.Append(context.Host.Processors.Count == 0
            ? "No cpu\n"
            : string.Create(CultureInfo.InvariantCulture, $"gpa: {(hasPrefix ? "0x" : string.Empty)}{address:x}\n"));
        return default;
    }
}
