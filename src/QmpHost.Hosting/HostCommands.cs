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
        _table = new CommandTable(
            new BlockCoreCommandHandler(host),
            new BlockExportCommandHandler(host),
            new BlockCommandHandler(host),
            new CharCommandHandler(host),
            new ControlCommandHandler(host, () => _table!),
            new FdCommandHandler(host),
            new IntrospectCommandHandler(),
            new JobCommandHandler(host),
            new MachineCommandHandler(host),
            new MiscCommandHandler(host),
            new PciCommandHandler(host),
            new QdevCommandHandler(host),
            new QomCommandHandler(host),
            new RunStateCommandHandler(host),
            new TransactionCommandHandler(host));
    }

    /// <inheritdoc/>
    public CommandDescriptor? Find(string name)
        => _table.Find(name) is { } command && command.IsAvailable(_profile, _program) ? command : null;
}
