using System.Globalization;

namespace QmpHost.Machine.Boards;

/// <summary>The registers of a processor that has just been reset, which is all that a processor here ever does.</summary>
public sealed class ProcessorRegisters
{
    /// <summary>Where a processor begins: the selector of its code, and the place in it.</summary>
    internal const int CodeSelector = 0xf000, Start = 0xfff0;

    /// <summary>Where the code lies.</summary>
    internal const uint CodeBase = 0xffff0000;

    /// <summary>The last place in each segment.</summary>
    internal const int SegmentLimit = 0xffff;

    /// <summary>The first control register.</summary>
    internal const uint ControlRegister = 0x60000010;

    /// <summary>The flags.</summary>
    internal const int Flags = 2;

    private const long VectorControl = 0x1f80, FloatControl = 0x37f;

    private static readonly string[] Segments = ["cs", "ds", "es", "ss", "fs", "gs"];

    private readonly Dictionary<string, long> _values = new(StringComparer.Ordinal);

    /// <summary>Makes the registers.</summary>
    /// <param name="signature">Family, model and stepping, as the processor tells them.</param>
    /// <param name="areDebuggers">Whether they have the names that debuggers use.</param>
    internal ProcessorRegisters(long signature, bool areDebuggers)
    {
        Signature = signature;
        if (areDebuggers)
        {
            AddDebuggers();
        }
        else
        {
            AddMonitors();
        }
    }

    /// <summary>Family, model and stepping, as a processor tells them after a reset.</summary>
    public long Signature { get; }

    /// <summary>The value of a register, or null where there is none of the name.</summary>
    /// <param name="name">The name.</param>
    public long? Find(string name) => _values.TryGetValue(name, out long value) ? value : null;

    /// <summary>All registers, as the monitor shows them.</summary>
    /// <param name="index">The processor's number; all but the first wait to be started.</param>
    public string Describe(int index) => string.Create(CultureInfo.InvariantCulture, $"""

        CPU#{index}
        EAX=00000000 EBX=00000000 ECX=00000000 EDX={Signature:x8}
        ESI=00000000 EDI=00000000 EBP=00000000 ESP=00000000
        EIP=0000fff0 EFL=00000002 [-------] CPL=0 II=0 A20=1 SMM=0 HLT={(index == 0 ? 0 : 1)}
        ES =0000 00000000 0000ffff 00009300
        CS =f000 ffff0000 0000ffff 00009b00
        SS =0000 00000000 0000ffff 00009300
        DS =0000 00000000 0000ffff 00009300
        FS =0000 00000000 0000ffff 00009300
        GS =0000 00000000 0000ffff 00009300
        LDT=0000 00000000 0000ffff 00008200
        TR =0000 00000000 0000ffff 00008b00
        GDT=     00000000 0000ffff
        IDT=     00000000 0000ffff
        CR0=60000010 CR2=00000000 CR3=00000000 CR4=00000000
        DR0=0000000000000000 DR1=0000000000000000 DR2=0000000000000000 DR3=0000000000000000{" "}
        DR6=00000000ffff0ff0 DR7=0000000000000400
        EFER=0000000000000000
        FCW=037f FSW=0000 [ST=0] FTW=00 MXCSR=00001f80
        FPR0=0000000000000000 0000 FPR1=0000000000000000 0000
        FPR2=0000000000000000 0000 FPR3=0000000000000000 0000
        FPR4=0000000000000000 0000 FPR5=0000000000000000 0000
        FPR6=0000000000000000 0000 FPR7=0000000000000000 0000
        XMM00=0000000000000000 0000000000000000 XMM01=0000000000000000 0000000000000000
        XMM02=0000000000000000 0000000000000000 XMM03=0000000000000000 0000000000000000
        XMM04=0000000000000000 0000000000000000 XMM05=0000000000000000 0000000000000000
        XMM06=0000000000000000 0000000000000000 XMM07=0000000000000000 0000000000000000

        """);

    private void AddMonitors()
    {
        Add(0, "eax", "ecx", "ebx", "esp", "sp", "ebp", "fp", "esi", "edi");
        Add(0, "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15");
        Add(Signature, "edx");
        Add(Flags, "eflags");
        Add(Start, "eip");
        Add(CodeBase + Start, "pc");
        foreach (string segment in Segments)
        {
            bool isCode = segment == "cs";
            Add(isCode ? CodeSelector : 0, segment);
            Add(isCode ? CodeBase : 0, $"{segment}.base");
            Add(SegmentLimit, $"{segment}.limit");
        }
    }

    private void AddDebuggers()
    {
        Add(0, "rax", "rbx", "rcx", "rsi", "rdi", "rbp", "rsp");
        Add(0, "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15");
        Add(Signature, "rdx");
        Add(Flags, "eflags");
        Add(Start, "rip");

        // The place of the next instruction, in the width of an int.
        Add(unchecked((int)(CodeBase + Start)), "pc");
        Add(CodeSelector, "cs");
        Add(0, "ss", "ds", "es", "fs", "gs", "fs_base", "gs_base", "k_gs_base", "cr2", "cr3", "cr4", "cr8", "efer");
        Add(ControlRegister, "cr0");
        Add(VectorControl, "mxcsr");
        Add(FloatControl, "fctrl");
        Add(0, "fstat", "ftag", "fiseg", "fioff", "foseg", "fooff", "fop");
        Add(SegmentLimit, [.. Segments.Select(static segment => $"{segment}.limit")]);
    }

    private void Add(long value, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            _values.Add(name, value);
        }
    }
}
