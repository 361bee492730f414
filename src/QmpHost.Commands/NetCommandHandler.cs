using QmpHost.Commands.Hosting;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/net.json.</summary>
/// <param name="host">The host.</param>
public sealed class NetCommandHandler(HostServices host) : INetCommands
{
    /// <inheritdoc/>
    public ValueTask SetLinkAsync(SetLinkArguments arguments, CommandContext context)
    {
        if (host.Network.Has(arguments.Name) || host.Devices?.HasCard(arguments.Name) != true)
        {
            host.Network.SetLink(arguments.Name, arguments.Up);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask NetdevAddAsync(Netdev arguments, CommandContext context)
    {
        host.Network.Add(arguments);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask NetdevDelAsync(NetdevDelArguments arguments, CommandContext context)
    {
        host.Network.Remove(arguments.Id);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RxFilterInfo>> QueryRxFilterAsync(QueryRxFilterArguments arguments, CommandContext context) => arguments.Name switch
    {
        null => ValueTask.FromResult<IReadOnlyList<RxFilterInfo>>([]),
        { } name => throw new QmpException(host.Network.Has(name) ? $"net client({name}) isn't a NIC" : $"invalid net client name: {name}"),
    };

    /// <inheritdoc/>
    public ValueTask AnnounceSelfAsync(AnnounceParameters arguments, CommandContext context) => ValueTask.CompletedTask;
}
