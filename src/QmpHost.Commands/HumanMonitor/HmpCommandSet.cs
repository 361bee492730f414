using QmpHost.Commands.HumanMonitor.Families;

namespace QmpHost.Commands.HumanMonitor;

/// <summary>The commands of the human monitor. A new command is one line here.</summary>
internal sealed class HmpCommandSet
{
    // Behind a name, it begins the format in which memory is shown.
    private const char FormatSeparator = '/';

    /// <summary>The command that has sub-commands.</summary>
    public const string Information = "info";

    private readonly Dictionary<string, HmpCommand> _byName = [];

    /// <summary>Makes the set.</summary>
    public HmpCommandSet()
    {
        HmpCommand[] commands =
        [
            new ContCommand(), new HelpCommand(this), new InfoBlockCommand(), new InfoBlockJobsCommand(), new InfoBlockStatsCommand(),
            new InfoCommand(this), new InfoHistoryCommand(), new InfoIoThreadsCommand(), new InfoNameCommand(), new InfoStatusCommand(), new InfoUuidCommand(),
            new InfoVersionCommand(), new QemuIoCommand(), new QuitCommand(), new StopCommand(),
            .. DeviceFamily.All, .. ChardevFamily.All, .. JobFamily.All, .. CopyFamily.All, .. SnapshotFamily.All, .. NbdFamily.All, .. TreeFamily.All, .. MigrationFamily.All, .. MachineFamily.All,
            .. InformationFamily.All, .. NetworkFamily.All, .. GuestFamily.All, .. ProcessorFamily.All, .. MeasurementFamily.All, .. MemoryFamily.All, .. DebugFamily.All,
        ];
        All = [.. commands.OrderBy(command => command.Name, StringComparer.Ordinal)];
        foreach (HmpCommand command in commands)
        {
            _byName.Add(command.Name, command);
            if (command.ShortName is { } shortName)
            {
                _byName.Add(shortName, command);
            }
        }
    }

    /// <summary>The commands in the order of their names.</summary>
    public IReadOnlyList<HmpCommand> All { get; }

    /// <summary>The names and short names of the commands, without the sub-commands of "info".</summary>
    public IEnumerable<string> Names
        => All.Where(static command => !IsInformation(command))
            .SelectMany(static command => command.ShortName is { } shortName ? [command.Name, shortName] : new[] { command.Name });

    /// <summary>The names of the sub-commands of "info".</summary>
    public IEnumerable<string> InformationNames => All.Where(IsInformation).Select(static command => command.Name[(Information.Length + 1)..]);

    /// <summary>Whether a command is a sub-command of "info".</summary>
    /// <param name="command">The command.</param>
    public static bool IsInformation(HmpCommand command) => command.Name.StartsWith($"{Information} ", StringComparison.Ordinal);

    /// <summary>Finds the command that a line begins with.</summary>
    /// <param name="line">The line, without leading white space.</param>
    /// <param name="end">Where the arguments begin.</param>
    /// <param name="words">The words that were taken for the command's name, for the error.</param>
    /// <returns>The command, or null.</returns>
    public HmpCommand? Find(string line, out int end, out string words)
    {
        end = EndOfWord(line, 0);
        words = line[..end];
        if (words == Information)
        {
            int start = end;
            while (start < line.Length && IsSpace(line[start]))
            {
                start++;
            }

            int second = EndOfWord(line, start);
            if (second > start)
            {
                end = second;
                words = $"{Information} {line[start..second]}";
            }
        }

        return _byName.GetValueOrDefault(words);
    }

    private static int EndOfWord(string line, int start)
    {
        int end = start;
        while (end < line.Length && !IsSpace(line[end]) && line[end] != FormatSeparator)
        {
            end++;
        }

        return end;
    }

    // The C library's in its own locale.
    private static bool IsSpace(char c) => c is ' ' or (>= '\t' and <= '\r');
}
