using QmpHost.Commands.Hosting;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/machine.json.</summary>
/// <param name="host">The host.</param>
public sealed class MachineCommandHandler(HostServices host) : IMachineCommands
{
    /// <inheritdoc/>
    public ValueTask<UuidInfo> QueryUuidAsync(CommandContext context)
        => ValueTask.FromResult(new UuidInfo { Uuid = host.Identity.Uuid.ToString("D") });

    /// <inheritdoc/>
    public ValueTask SystemResetAsync(CommandContext context)
    {
        host.RunState.Reset(ShutdownCause.HostQmpSystemReset);
        return host.Devices?.ResetAsync() ?? ValueTask.CompletedTask;
    }
}
