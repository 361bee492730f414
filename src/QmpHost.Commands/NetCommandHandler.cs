using QmpHost.Commands.Hosting;
using QmpHost.Machine.Devices;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/net.json.</summary>
/// <param name="host">The host.</param>
public sealed class NetCommandHandler(HostServices host) : INetCommands
{
    private const int VirtualNetworks = 4096;

    /// <inheritdoc/>
    public ValueTask SetLinkAsync(SetLinkArguments arguments, CommandContext context)
    {
        if (host.Network.Has(arguments.Name) || FindCard(arguments.Name) is null)
        {
            host.Network.SetLink(arguments.Name, arguments.Up);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask NetdevAddAsync(Netdev arguments, CommandContext context)
    {
        host.Network.Add(arguments, context.Profile, context.Session?.Descriptors);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask NetdevDelAsync(NetdevDelArguments arguments, CommandContext context)
    {
        host.Network.Remove(arguments.Id);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RxFilterInfo>> QueryRxFilterAsync(QueryRxFilterArguments arguments, CommandContext context)
    {
        IEnumerable<NetworkCard> cards = Cards.Where(static card => card.TellsFilter);
        if (arguments.Name is { } name)
        {
            NetworkCard card = FindCard(name)
                ?? throw new QmpException(host.Network.Has(name) ? $"net client({name}) isn't a NIC" : $"invalid net client name: {name}");
            cards = card.TellsFilter ? [card] : throw new QmpException($"net client({name}) doesn't support rx-filter querying");
        }

        return ValueTask.FromResult<IReadOnlyList<RxFilterInfo>>([.. cards.Select(Describe)]);
    }

    /// <inheritdoc/>
    public ValueTask AnnounceSelfAsync(AnnounceParameters arguments, CommandContext context) => ValueTask.CompletedTask;

    private IReadOnlyList<NetworkCard> Cards => host.Devices?.Cards ?? [];

    private NetworkCard? FindCard(string name) => Cards.FirstOrDefault(card => card.Name == name);

    // As no driver has said what it wants, everything is let through.
    private static RxFilterInfo Describe(NetworkCard card) => new()
    {
        Name = card.Name,
        Promiscuous = true,
        Multicast = RxState.Normal,
        Unicast = RxState.Normal,
        Vlan = RxState.All,
        BroadcastAllowed = false,
        MulticastOverflow = false,
        UnicastOverflow = false,
        MainMac = card.Address,
        VlanTable = [.. Enumerable.Range(0, VirtualNetworks).Reverse().Select(static number => (long)number)],
        UnicastTable = [],
        MulticastTable = [],
    };
}
