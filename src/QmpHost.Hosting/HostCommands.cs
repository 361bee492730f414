using QmpHost.Commands;
using QmpHost.Commands.Hosting;
using QmpHost.Protocol.Server;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Hosting;

/// <summary>The commands of one host: those of the schema that its release and program offer.</summary>
internal sealed class HostCommands : IQmpCommandDispatcher
{
    private readonly CommandTable _table;
    private readonly VersionProfile _profile;
    private readonly QmpProgram _program;

    /// <summary>Connects every domain of the schema with its handler.</summary>
    /// <param name="host">What the handlers work on.</param>
    public HostCommands(HostServices host)
    {
        _profile = host.Layer.Profile;
        _program = host.Identity.Program;

        // In the order of the schema's files.
        _table = new CommandTable(
            new AcpiCommandHandler(host),
            new BlockCoreCommandHandler(host),
            new BlockExportCommandHandler(host),
            new BlockCommandHandler(host),
            new CharCommandHandler(host),
            new CommandLineCommandHandler(host),
            new ControlCommandHandler(host, () => _table!),
            new DumpCommandHandler(host),
            new FdCommandHandler(host),
            new IntrospectCommandHandler(),
            new JobCommandHandler(host),
            new MachineTargetCommandHandler(),
            new MachineCommandHandler(host),
            new MigrationCommandHandler(host),
            new MiscTargetCommandHandler(host),
            new MiscCommandHandler(host),
            new NetCommandHandler(host),
            new PciCommandHandler(host),
            new QdevCommandHandler(host),
            new QomCommandHandler(host),
            new ReplayCommandHandler(),
            new RockerCommandHandler(),
            new RunStateCommandHandler(host),
            new StatsCommandHandler(host),
            new TpmCommandHandler(),
            new TraceCommandHandler(host),
            new TransactionCommandHandler(host),
            new UiCommandHandler(host),
            new VirtioCommandHandler(host),
            new YankCommandHandler(host));
    }

    /// <summary>What becomes of what is deprecated or unstable, or null where nothing does.</summary>
    public CompatibilityPolicy? Policy { get; set; }

    /// <inheritdoc/>
    public CommandDescriptor? Find(string name)
        => _table.Find(name) is { } command && command.IsAvailable(_profile, _program) ? Policy?.Apply(command) ?? command : null;
}
