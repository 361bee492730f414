using QmpHost.Commands.Hosting;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/yank.json.</summary>
/// <param name="host">The host.</param>
public sealed class YankCommandHandler(HostServices host) : IYankCommands
{
    /// <inheritdoc/>
    public async ValueTask YankAsync(YankArguments arguments, CommandContext context)
    {
        if (arguments.Instances.Any(instance => !List().Contains(instance)))
        {
            throw new QmpException(QmpErrorClass.DeviceNotFound, "Instance not found");
        }

        foreach (YankInstanceChardev device in arguments.Instances.Select(static instance => instance.Branch).OfType<YankInstanceChardev>())
        {
            await host.CharacterDevices.CutAsync(device.Id);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<YankInstance>> QueryYankAsync(CommandContext context)
        => ValueTask.FromResult<IReadOnlyList<YankInstance>>([.. List()]);

    private IEnumerable<YankInstance> List() => host.CharacterDevices.ConnectionIds.Select(static id => new YankInstance.Chardev
    {
        Id = id,
    });
}
