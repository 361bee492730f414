using QmpHost.Hosting.CommandLine;
using QmpHost.Qapi.Keyval;

namespace QmpHost.Hosting.Programs.Machine;

/// <summary>Which of the accelerators that are asked for is there: options -accel, -machine accel= and -enable-kvm.</summary>
/// <param name="print">Writes a line to standard error.</param>
/// <param name="program">The program's name in messages.</param>
internal sealed class AcceleratorChoice(Action<string> print, string program)
{
    /// <summary>The accelerator without a processor, under which time stands still until a client moves the clock.</summary>
    public const string Qtest = "qtest";

    private const string Default = "tcg";
    private const string Kvm = "kvm";
    private static readonly string[] Known = [Default, Kvm, Qtest];
    private static readonly string[] ThreadSettings = ["single", "multi"];
    private static readonly string[] KvmKeys = ["kernel-irqchip", "kvm-shadow-mem", "dirty-ring-size", "notify-vmexit", "notify-window"];

    private readonly List<(string Name, string Prefix)> _wanted = [];
    private bool _byOption;
    private bool _byMachine;

    /// <summary>The accelerators as "-accel help" lists them, a line each.</summary>
    public static IEnumerable<string> HelpLines => ["Accelerators supported in QEMU binary:", Default, Kvm];

    /// <summary>Takes the value of -accel.</summary>
    /// <param name="option">The option.</param>
    /// <exception cref="CommandLineException">A key or value is wrong, or the machine's option names accelerators too.</exception>
    public void Add(GivenOption option)
    {
        QemuOpts opts = QemuOpts.Parse(option.Value, "accel");
        string name = opts["accel"] ?? string.Empty;
        _byOption = true;
        if (!Known.Contains(name))
        {
            throw new CommandLineException(option, $"invalid accelerator {name}");
        }

        foreach (string key in opts.Keys.Where(static key => key is not ("accel" or "id")))
        {
            Check(option, name, key, opts[key]!);
        }

        _wanted.Add((name, $"{option.Text}: "));
    }

    /// <summary>Takes the value of -machine accel=, or what -enable-kvm stands for.</summary>
    /// <param name="names">Names with colons between.</param>
    public void AddOfMachine(string names)
    {
        _byMachine = true;
        _wanted.AddRange(names.Split(':').Select(static name => (name, string.Empty)));
    }

    /// <summary>Decides.</summary>
    /// <exception cref="CommandLineException">None of them is there.</exception>
    /// <returns>The first that is there.</returns>
    public string Choose()
    {
        if (_byOption && _byMachine)
        {
            throw new CommandLineException("The -accel and \"-machine accel=\" options are incompatible");
        }

        if (_wanted.Count == 0)
        {
            return Default;
        }

        for (int i = 0; i < _wanted.Count; i++)
        {
            (string name, string prefix) = _wanted[i];
            if (name is Default or Qtest)
            {
                if (i > 0)
                {
                    print($"{program}: falling back to {name}");
                }

                return name;
            }

            Explain(name, prefix, isLast: i == _wanted.Count - 1);
        }

        throw new CommandLineException(Complaint(_wanted[^1].Name, _wanted[^1].Prefix));
    }

    private static string Complaint(string name, string prefix)
        => name == Kvm ? $"{prefix}failed to initialize kvm: No such file or directory" : $"{prefix}invalid accelerator {name}";

    private static void Check(GivenOption option, string name, string key, string value)
    {
        switch (name, key)
        {
            case (Default, "thread") when !ThreadSettings.Contains(value):
                throw new CommandLineException(option, $"Invalid 'thread' setting {value}");
            case (Default, "tb-size") when !CommandLineScalar.IsNumber(value):
                throw new CommandLineException(option, "Parameter 'tb-size' expects uint64");
            case (Default, "split-wx") when !CommandLineScalar.IsSwitch(value):
                throw new CommandLineException(option, "Parameter 'split-wx' expects 'on' or 'off'");
            case (Default, "thread" or "tb-size" or "split-wx"):
            case (Kvm, _) when KvmKeys.Contains(key):
                break;
            default:
                throw new CommandLineException(option, $"Property '{name}-accel.{key}' not found");
        }
    }

    // The processors of the host are out of reach here, as without access to its device.
    private void Explain(string name, string prefix, bool isLast)
    {
        if (name == Kvm)
        {
            print("Could not access KVM kernel module: No such file or directory");
        }

        if (!isLast)
        {
            print($"{program}: {Complaint(name, prefix)}");
        }
    }
}
