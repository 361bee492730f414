using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.HumanMonitor.Families;

/// <summary>The NBD server.</summary>
internal static class NbdFamily
{
    /// <summary>The commands.</summary>
    public static IEnumerable<HmpCommand> All =>
    [
        new DelegateCommand("nbd_server_start", "nbd_server_start [-a] [-w] host:port", "serve block devices on the given host and port", StartAsync),
        new DelegateCommand("nbd_server_add", "nbd_server_add [-w] device [name]", "export a block device via NBD", AddAsync),
        new DelegateCommand("nbd_server_remove", "nbd_server_remove [-f] name", "remove an export previously exposed via NBD", RemoveAsync),
        new DelegateCommand("nbd_server_stop", "nbd_server_stop", "stop serving block devices using the NBD protocol", StopAsync),
    ];

    private static async ValueTask StartAsync(HmpContext context, HmpArgumentReader arguments)
    {
        bool all = arguments.TakeFlag('a', "w");
        bool writable = arguments.TakeFlag('w');
        string address = arguments.TakeString("string");
        arguments.ExpectEnd();
        if (writable && !all)
        {
            throw new QmpException("-w only valid together with -a");
        }

        BlockExportCommandHandler exports = Handler(context);
        await exports.NbdServerStartAsync(new NbdServerStartArguments { Addr = ParseAddress(address) }, context.ForQmp);
        if (!all)
        {
            return;
        }

        foreach (BlockBackend backend in context.Host.Layer.Graph.Backends.ToArray())
        {
            if (backend.Name.Length == 0 || backend.Root is null)
            {
                continue;
            }

            try
            {
                await exports.NbdServerAddAsync(new NbdServerAddOptions { Device = backend.Name, Writable = writable }, context.ForQmp);
            }
            catch (QmpException)
            {
                await exports.NbdServerStopAsync(context.ForQmp);
                throw;
            }
        }
    }

    private static ValueTask AddAsync(HmpContext context, HmpArgumentReader arguments)
    {
        bool writable = arguments.TakeFlag('w');
        string device = arguments.TakeString("block device name");
        string? name = arguments.TakeOptionalString("string");
        arguments.ExpectEnd();
        return Handler(context).NbdServerAddAsync(new NbdServerAddOptions { Device = device, Name = name, Writable = writable }, context.ForQmp);
    }

    private static ValueTask RemoveAsync(HmpContext context, HmpArgumentReader arguments)
    {
        bool force = arguments.TakeFlag('f');
        string name = arguments.TakeString("string");
        arguments.ExpectEnd();
        return Handler(context).NbdServerRemoveAsync(
            new NbdServerRemoveArguments { Name = name, Mode = force ? BlockExportRemoveMode.Hard : BlockExportRemoveMode.Safe }, context.ForQmp);
    }

    private static ValueTask StopAsync(HmpContext context, HmpArgumentReader arguments)
    {
        arguments.ExpectEnd();
        return Handler(context).NbdServerStopAsync(context.ForQmp);
    }

    // The commands are those of the other monitor under another name.
    private static BlockExportCommandHandler Handler(HmpContext context) => new(context.Host);

    private static SocketAddressLegacy ParseAddress(string text)
    {
        const string unix = "unix:";
        if (text.StartsWith(unix, StringComparison.Ordinal))
        {
            return new SocketAddressLegacy.Unix
            {
                Data = new UnixSocketAddress { Path = text[unix.Length..] },
            };
        }

        int colon = text.LastIndexOf(':');
        return colon < 0
            ? throw new QmpException($"error parsing address '{text}'")
            : new SocketAddressLegacy.Inet
            {
                Data = new InetSocketAddress { Host = text[..colon].Trim('[', ']'), Port = text[(colon + 1)..] },
            };
    }
}
