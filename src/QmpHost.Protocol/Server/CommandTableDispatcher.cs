using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Protocol.Server;

/// <summary>Offers the commands of the schema, as far as a host's release and program have them.</summary>
/// <param name="table">The commands, bound to the host's handlers.</param>
/// <param name="profile">The release.</param>
/// <param name="program">The program.</param>
public sealed class CommandTableDispatcher(CommandTable table, VersionProfile profile, QmpProgram program) : IQmpCommandDispatcher
{
    /// <inheritdoc/>
    public CommandDescriptor? Find(string name) =>
        table.Find(name) is { } command && command.IsAvailable(profile, program) ? command : null;
}
