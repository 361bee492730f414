using QmpHost.Machine.Devices;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.HumanMonitor.Families;

/// <summary>Networks.</summary>
internal static class NetworkFamily
{
    /// <summary>The commands.</summary>
    public static IEnumerable<HmpCommand> All =>
    [
        new DelegateCommand("netdev_add", "type,id=ID[,KEY=VALUE...]", "add a network backend", AddAsync),
        new DelegateCommand("netdev_del", "id", "remove a network backend", RemoveAsync),
        new DelegateCommand("set_link", "name on|off", "connect or disconnect a network", SetLinkAsync),
        new DelegateCommand("info network", "the network cards and backends", TellNetwork),
        new DelegateCommand("info usernet", "the connections of networks that the emulator is the router of", static c =>
        {
            c.Reply.Append(c.Host.Network.DescribeForwarding());
            return default;
        }),
        new DelegateCommand("hostfwd_add", "[netdev] [tcp|udp]:[host]:port-[guest]:port", "lead a port of the computer to a guest", AddForwarding),
        new DelegateCommand("hostfwd_remove", "[netdev] [tcp|udp]:[host]:port", "lead a port of the computer no longer to a guest", RemoveForwarding),
        new DelegateCommand("announce_self", "[interfaces] [id]", "tell switches where the guest is", AnnounceAsync),
    ];

    private static NetCommandHandler Handler(HmpContext context) => new(context.Host);

    private static async ValueTask AddAsync(HmpContext context, HmpArgumentReader arguments)
        => await Handler(context).NetdevAddAsync(context.Host.OptionTexts.ReadNetdev(arguments.TakeRest()), context.ForQmp);

    private static ValueTask RemoveAsync(HmpContext context, HmpArgumentReader arguments)
        => Handler(context).NetdevDelAsync(new NetdevDelArguments { Id = arguments.TakeOnlyString("string") }, context.ForQmp);

    private static ValueTask SetLinkAsync(HmpContext context, HmpArgumentReader arguments)
    {
        string name = arguments.TakeString("string");
        bool up = arguments.TakeSwitch();
        arguments.ExpectEnd();
        return Handler(context).SetLinkAsync(new SetLinkArguments { Name = name, Up = up }, context.ForQmp);
    }

    private static void TellFilters(HmpContext context, string id)
    {
        bool isFirst = true;
        foreach (string filter in context.Host.Network.ListFilters(id))
        {
            context.Reply.Append(isFirst ? "filters:\n" : string.Empty).Append("  - ").Append(filter).Append('\n');
            isFirst = false;
        }
    }

    private static ValueTask TellNetwork(HmpContext context)
    {
        var taken = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string id, string description, bool hasPeer) in context.Host.Network.List())
        {
            if (hasPeer)
            {
                taken.Add(id, description);
            }
            else
            {
                context.Reply.Append(description).Append('\n');
                TellFilters(context, id);
            }
        }

        foreach (NetworkCard card in context.Host.Devices?.Cards ?? [])
        {
            context.Reply.Append($"{card.Name}: index=0,type=nic,model={card.Model},macaddr={card.Address}\n");
            if (taken.TryGetValue(card.Backend, out string? backend))
            {
                context.Reply.Append(" \\ ").Append(backend).Append('\n');
                TellFilters(context, card.Backend);
            }
        }

        return default;
    }

    private static ValueTask AddForwarding(HmpContext context, HmpArgumentReader arguments)
    {
        string first = arguments.TakeString("string");
        string? second = arguments.TakeOptionalString("string");
        arguments.ExpectEnd();
        return TellFailure(context, () => context.Host.Network.Forward(second is null ? null : first, second ?? first));
    }

    private static ValueTask RemoveForwarding(HmpContext context, HmpArgumentReader arguments)
    {
        string first = arguments.TakeString("string");
        string? second = arguments.TakeOptionalString("string");
        arguments.ExpectEnd();
        return TellFailure(context, () =>
        {
            string rule = second ?? first;
            bool removed = context.Host.Network.StopForwarding(second is null ? null : first, rule);
            context.Reply.Append("host forwarding rule for ").Append(rule).Append(removed ? " removed\n" : " not found\n");
        });
    }

    // Without the word that errors begin with.
    private static ValueTask TellFailure(HmpContext context, Action action)
    {
        try
        {
            action();
        }
        catch (QmpException e)
        {
            context.Reply.Append(e.Message).Append('\n');
        }

        return default;
    }

    // Nobody listens.
    private static ValueTask AnnounceAsync(HmpContext context, HmpArgumentReader arguments)
    {
        _ = arguments.TakeOptionalString("string");
        _ = arguments.TakeOptionalString("string");
        arguments.ExpectEnd();
        return default;
    }
}
