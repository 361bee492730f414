using System.Globalization;
using System.Text;
using QmpHost.Machine.Boards;

namespace QmpHost.Commands.HumanMonitor;

/// <summary>What processors and the controllers of their interrupts hold in a machine that has just been reset.</summary>
internal static class ProcessorFamily
{
    private const int Pins = 24;

    /// <summary>The commands.</summary>
    public static IEnumerable<HmpCommand> All =>
    [
        new DelegateCommand("info mem", "", "the ranges of memory that a processor sees", TellPaging),
        new DelegateCommand("info tlb", "", "the pages of memory that a processor sees", TellPaging),
        new DelegateCommand("info pic", "", "the interrupt controllers", TellControllers),
        new DelegateCommand("info lapic", "[apic-id]", "the interrupt controller of a processor", TellLocalController),
        new DelegateCommand("info registers", "[-a] [processor]", "the registers of a processor, or of all", TellRegisters),
    ];

    private static ValueTask TellRegisters(HmpContext context, HmpArgumentReader arguments)
    {
        bool all = arguments.TakeFlag('a');
        long index = arguments.TakeLastShortNumber() ?? context.Processor;
        MachineProcessors processors = context.Host.Processors;
        if (all)
        {
            foreach (int processor in processors.Indices)
            {
                context.Reply.Append(processors.Registers.Describe(processor));
            }
        }
        else if (processors.Count == 0)
        {
            context.Reply.Append("No CPU available\n");
        }
        else
        {
            context.Reply.Append(processors.Indices.Contains((int)Math.Min(index, int.MaxValue))
                ? processors.Registers.Describe((int)index)
                : string.Create(CultureInfo.InvariantCulture, $"CPU#{(int)index} not available\n"));
        }

        return default;
    }

    // Paging is what a guest turns on.
    private static ValueTask TellPaging(HmpContext context, HmpArgumentReader arguments)
    {
        arguments.ExpectEnd();
        context.Reply.Append(context.Host.Processors.Count > 0 ? "PG disabled\n" : "No CPU available\n");
        return default;
    }

    private static ValueTask TellControllers(HmpContext context, HmpArgumentReader arguments)
    {
        arguments.ExpectEnd();
        if (context.Host.Processors.Count == 0)
        {
            return default;
        }

        string board = context.Host.Board;
        if (board != "isapc")
        {
            TellPins(context.Reply);
        }

        foreach (int number in new[] { 1, 0 })
        {
            context.Reply.Append(CultureInfo.InvariantCulture, $"pic{number}: irr=00 imr=00 isr=00 hprio=0 irq_base=00 rr_sel=0 elcr=00 fnm=0\n");
        }

        if (board == "microvm")
        {
            TellPins(context.Reply);
        }

        return default;
    }

    private static void TellPins(StringBuilder reply)
    {
        reply.Append("ioapic0: ver=0x20 id=0x00 sel=0x00\n");
        for (int pin = 0; pin < Pins; pin++)
        {
            reply.Append(CultureInfo.InvariantCulture, $"  pin {pin,-2} 0x0000000000010000 dest=0 vec=0   active-hi edge  masked fixed  physical\n");
        }

        reply.Append("  IRR      (none)\n  Remote IRR (none)\n");
    }

    private static ValueTask TellLocalController(HmpContext context, HmpArgumentReader arguments)
    {
        const string vector = "\t 0x00010000 active-hi edge  masked                      Fixed  (vec 0)\n";
        long processor = arguments.TakeLastShortNumber() ?? 0;
        if (processor < 0 || processor >= context.Host.Processors.Count)
        {
            context.Reply.Append("No CPU available\n");
            return default;
        }

        if (context.Host.Board == "isapc")
        {
            context.Reply.Append("local apic state not available\n");
            return default;
        }

        context.Reply.Append(CultureInfo.InvariantCulture, $"dumping local APIC state for CPU {processor} \n\n");
        foreach (string name in new[] { "LVT0", "LVT1", "LVTPC", "LVTERR", "LVTTHMR" })
        {
            context.Reply.Append(name).Append(vector);
        }

        context.Reply.Append("""
            LVTT	 0x00010000 active-hi edge  masked         one-shot     Fixed  (vec 0)
            Timer	 DCR=0x0 (divide by 2) initial_count = 0 current_count = 0
            SPIV	 0x000000ff APIC disabled, focus=off, spurious vec 255
            ICR	 0x00000000 physical edge de-assert no-shorthand
            ICR2	 0x00000000 cpu 0 (APIC ID)
            ESR	 0x00000000
            ISR	 (none)
            IRR	 (none)

            APR 0x00 TPR 0x00 DFR 0x0f LDR 0x00 PPR 0x00

            """);
        return default;
    }
}
