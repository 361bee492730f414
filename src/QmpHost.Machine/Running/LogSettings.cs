using QmpHost.Machine.Facts;
using QmpHost.Qapi;
using QmpHost.Qapi.Files;

namespace QmpHost.Machine.Running;

/// <summary>Which kinds of entries are logged, and where to. Kept and checked: what they tell of is a guest's code, which never runs here.</summary>
/// <param name="profile">The release whose kinds there are.</param>
/// <param name="events">The trace events, which the log has as a kind.</param>
public sealed class LogSettings(VersionProfile profile, TraceEventSet events)
{
    private const string PerThread = "tid";
    private const string TracePrefix = "trace:";
    private const string EachThread = "%d";

    private static readonly (string Name, string Description)[] Items =
    [
        ("none", "nothing"),
        ("out_asm", "the host's instructions of each translated block"),
        ("in_asm", "the guest's instructions of each translated block"),
        ("op", "the translator's operations"),
        ("op_opt", "the translator's operations, simplified"),
        ("op_ind", "the translator's operations before indirection"),
        ("op_plugin", "the translator's operations before plugins"),
        ("int", "interrupts and exceptions"),
        ("exec", "each block that runs"),
        ("cpu", "the registers before each block"),
        ("fpu", "with 'cpu', the registers of the floating-point unit"),
        ("mmu", "the translation of addresses"),
        ("pcall", "far calls in protected mode"),
        ("cpu_reset", "the registers before a reset"),
        ("unimp", "what is not implemented"),
        ("guest_errors", "what the guest does wrong"),
        ("page", "pages when a user's program starts"),
        ("nochain", "with 'exec' and 'cpu', every block"),
        ("plugin", "what plugins write"),
        ("strace", "system calls of a user's program"),
        (PerThread, "one file for each thread: the name needs '%d'"),
        ("vpu", "with 'cpu', the registers of the vector unit"),
        ("invalid_mem", "accesses to memory that is not there"),
    ];

    private static readonly string[] Newer = ["op_plugin", "vpu", "invalid_mem"];

    private readonly HashSet<string> _enabled = [];

    /// <summary>Where the log is to go, or null for standard error.</summary>
    public string? File { get; private set; }

    /// <summary>The kinds that are logged.</summary>
    public IReadOnlyCollection<string> Enabled => _enabled;

    /// <summary>The kinds that there are, with what each tells of.</summary>
    public IEnumerable<(string Name, string Description)> Kinds
        => Items.Where(item => !Newer.Contains(item.Name) || profile.Has(Behaviour.LogHasMoreItems));

    /// <summary>Chooses what is logged.</summary>
    /// <param name="list">The kinds, parted by commas; "all" stands for all, "trace:" begins a pattern of trace events.</param>
    /// <param name="warn">Told of trace events that do not exist.</param>
    /// <returns>False where one is not known.</returns>
    /// <exception cref="QmpException">The log's file does not fit.</exception>
    public bool TrySet(string list, Action<string> warn)
    {
        ArgumentNullException.ThrowIfNull(list);
        ArgumentNullException.ThrowIfNull(warn);
        string[] names = list == "none" ? [] : list.Split(',');
        List<string> chosen = [];
        foreach (string name in names)
        {
            if (name == "all")
            {
                chosen.AddRange(Kinds.Select(static kind => kind.Name).Skip(1));
            }
            else if (name.StartsWith(TracePrefix, StringComparison.Ordinal))
            {
                Trace(name[TracePrefix.Length..], warn);
            }
            else if (name != "none" && Kinds.Any(kind => kind.Name == name))
            {
                chosen.Add(name);
            }
            else
            {
                return false;
            }
        }

        QmpException.ThrowIf(
            chosen.Contains(PerThread) && File?.Contains(EachThread, StringComparison.Ordinal) != true,
            $"Filename template with '{EachThread}' required for '{PerThread}'");
        _enabled.Clear();
        _enabled.UnionWith(chosen);
        return true;
    }

    /// <summary>Chooses where the log goes; the file is made.</summary>
    /// <param name="path">The path; "%d" stands for the number of the process.</param>
    /// <exception cref="QmpException">It cannot be made, or has a percent sign too many.</exception>
    public void SetFile(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string[] parts = path.Split('%');
        QmpException.ThrowIf(
            parts.Length > 2 || (parts.Length == 2 && !parts[1].StartsWith(EachThread[1])), $"Bad logfile template: {path}");
        string actual = path.Replace(EachThread, $"{Environment.ProcessId}", StringComparison.Ordinal);
        using FileStream made = SystemFile.Open(actual, FileMode.OpenOrCreate, FileAccess.Write, out int error)
            ?? throw new QmpException($"Error opening logfile {path}: {SystemFile.Describe(error)}");
        File = path;
    }

    private void Trace(string pattern, Action<string> warn)
    {
        try
        {
            events.Set(pattern, enable: true);
        }
        catch (QmpException)
        {
            warn($"warning: trace event '{pattern}' does not exist");
        }
    }
}
