namespace QmpHost.Commands.QemuIo;

/// <summary>The commands of qemu-io. A new command is one line here.</summary>
internal sealed class QemuIoCommandSet
{
    private readonly Dictionary<string, QemuIoCommand> _byName = [];

    /// <summary>Makes the set.</summary>
    public QemuIoCommandSet()
    {
        QemuIoCommand[] commands =
        [
            new AbortCommand(), new AioFlushCommand(), new AioReadCommand(), new AioWriteCommand(), new AllocCommand(), new BreakCommand(),
            new DiscardCommand(), new FlushCommand(), new HelpCommand(this), new InfoCommand(), new LengthCommand(),
            new MapCommand(), new ReadCommand(), new ReadvCommand(), new RemoveBreakCommand(), new ReopenCommand(), new ResumeCommand(), new SigraiseCommand(), new SleepCommand(),
            new TruncateCommand(), new WaitBreakCommand(), new WriteCommand(), new WritevCommand(),
        ];
        All = [.. commands.OrderBy(command => command.Name, StringComparer.Ordinal)];
        foreach (QemuIoCommand command in commands)
        {
            _byName.Add(command.Name, command);
            if (command.ShortName is { } shortName)
            {
                _byName.Add(shortName, command);
            }
        }
    }

    /// <summary>The commands in the order of their names.</summary>
    public IReadOnlyList<QemuIoCommand> All { get; }

    /// <summary>Finds a command.</summary>
    /// <param name="name">Its name or short name.</param>
    /// <returns>The command, or null.</returns>
    public QemuIoCommand? Find(string name) => _byName.GetValueOrDefault(name);
}
