using QmpHost.Commands.Hosting;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/control.json.</summary>
/// <param name="host">The host.</param>
/// <param name="commands">The host's commands, which query-commands lists; set when they exist.</param>
public sealed class ControlCommandHandler(HostServices host, Func<CommandTable> commands) : IControlCommands
{
    /// <inheritdoc/>
    public ValueTask QmpCapabilitiesAsync(QmpCapabilitiesArguments arguments, CommandContext context)
    {
        bool oob = arguments.Enable?.Contains(QMPCapability.Oob) ?? false;
        context.Session?.CompleteNegotiation(oob);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<VersionInfo> QueryVersionAsync(CommandContext context)
    {
        QemuBuild build = QemuBuild.Of(context.Profile);
        return ValueTask.FromResult(new VersionInfo
        {
            Qemu = new VersionTriple { Major = build.Major, Minor = build.Minor, Micro = build.Micro },
            Package = build.Package,
        });
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<CommandInfo>> QueryCommandsAsync(CommandContext context)
    {
        IReadOnlyList<CommandInfo> available =
            [.. commands().List(context.Profile, context.Program).Select(command => new CommandInfo { Name = command.Name })];
        return ValueTask.FromResult(available);
    }

    /// <inheritdoc/>
    public ValueTask QuitAsync(CommandContext context) => new(host.QuitAsync());
}
