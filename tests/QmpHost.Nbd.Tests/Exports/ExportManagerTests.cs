using QmpHost.Block.Graph.Drain;
using QmpHost.Nbd.Tests.Support;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Nbd.Tests.Exports;

[TestFixture]
public class ExportManagerTests
{
    private const string Null = """{"driver": "null-co", "node-name": "n", "size": 1048576, "read-zeroes": true}""";
    private const string ReadOnlyNull = """{"driver": "null-co", "node-name": "ro", "size": 1048576, "read-only": true}""";

    [Test]
    public async Task Exports_are_listed_newest_first_and_leave_oldest_first()
    {
        await using var host = new TestHost();
        await host.AddNodeAsync(Null);
        await host.StartServerAsync();
        foreach (string id in new[] { "a", "b", "c" })
        {
            await host.AddExportAsync($$"""{"type": "nbd", "id": "{{id}}", "node-name": "n", "name": "{{id}}"}""");
        }

        await host.Run(() => Assert.That(host.Exports.Query().Select(static info => info.Id), Is.EqualTo(["c", "b", "a"])));
        await host.Run(async () => await host.Nbd.StopServerAsync());
        Assert.That(Deleted(host), Is.EqualTo(["a", "b", "c"]));
        Assert.That(File.Exists(host.SocketPath), Is.False);
    }

    [Test]
    public async Task A_server_is_started_when_the_one_that_closes_is_gone()
    {
        await using var host = new TestHost();
        await host.AddNodeAsync(Null);
        await host.StartServerAsync();
        await host.AddExportAsync("""{"type": "nbd", "id": "a", "node-name": "n", "name": "a"}""");
        using RawClient client = await RawClient.GoAsync(host.ConnectAsync, "a");
        string late = host.File("late");
        Task closing = host.Run(async () => await host.Exports.CloseAsync());
        await host.Run(() => host.Nbd.StartServer(TestHost.UnixAddressOf(late)));
        await closing;
        await host.Run(async () => await host.Exports.CloseAsync());
        Assert.That(host.Nbd.IsServerRunning, Is.False);
        Assert.That(File.Exists(late), Is.False);
    }

    // Exports e0, e1 … by their nodes; who has clients, in the order of connecting; who of these sends a request then. Recorded
    // from QEMU 7.2.
    [TestCase("0000", "1", "", "e2 e3 e1 e0")]
    [TestCase("01", "01", "", "e1 e0")]
    [TestCase("01", "10", "", "e0 e1")]
    [TestCase("00", "01", "0", "e0 e1")]
    [TestCase("012", "012", "10110", "e0 e1 e2")]
    [TestCase("01", "010", "", "e0 e1")]
    [TestCase("0123", "301", "", "e2 e1 e0 e3")]
    [TestCase("001", "2", "", "e0 e1 e2")]
    [TestCase("0101", "10", "", "e0 e1 e3 e2")]
    [TestCase("0101", "23", "", "e2 e3 e1 e0")]
    [TestCase("0011", "20", "", "e0 e2 e3 e1")]
    [TestCase("01112", "421", "", "e0 e1 e2 e3 e4")]
    [TestCase("0000", "01", "", "e3 e0 e1 e2")]
    [TestCase("01123", "42", "", "e0 e3 e2 e1 e4")]
    public async Task Exports_with_clients_leave_in_the_order_that_QEMU_gives_them(string nodes, string clients, string requests, string order)
    {
        await using var host = new TestHost();
        foreach (char node in nodes.Distinct())
        {
            await host.AddNodeAsync($$"""{"driver": "null-co", "node-name": "n{{node}}", "size": 1048576}""");
        }

        await host.StartServerAsync();
        for (int i = 0; i < nodes.Length; i++)
        {
            await host.AddExportAsync($$"""{"type": "nbd", "id": "e{{i}}", "node-name": "n{{nodes[i]}}", "name": "e{{i}}"}""");
        }

        var connected = new List<RawClient>();
        foreach (char client in clients)
        {
            connected.Add(await RawClient.GoAsync(host.ConnectAsync, $"e{client}"));
            await FlushAsync(connected[^1]);
        }

        foreach (char client in requests)
        {
            await FlushAsync(connected[client - '0']);
        }

        await host.Run(async () => await host.Nbd.StopServerAsync());
        Assert.That(string.Join(' ', Deleted(host)), Is.EqualTo(order));
        Assert.That(await connected[0].ReceiveAsync(1), Is.Empty);
        connected.ForEach(static client => client.Dispose());
    }

    [Test]
    public async Task An_export_in_use_is_only_removed_by_force()
    {
        await using var host = new TestHost();
        await host.AddNodeAsync(Null);
        await host.StartServerAsync();
        await host.AddExportAsync("""{"type": "nbd", "id": "e", "node-name": "n", "name": ""}""");
        using RawClient client = await RawClient.GoAsync(host.ConnectAsync);
        await Fails(host, "export 'e' still in use", async () => await host.Exports.RemoveAsync("e", BlockExportRemoveMode.Safe));
        await FlushAsync(client);
        await host.Run(async () => await host.Exports.RemoveAsync("e", BlockExportRemoveMode.Hard));
        Assert.That(await client.ReceiveAsync(1), Is.Empty);
        await host.Run(async () => await host.Nbd.StopServerAsync());
        Assert.That(Deleted(host), Is.EqualTo(["e"]));
        await Fails(host, "Export 'e' is not found", async () => await host.Exports.RemoveAsync("e", BlockExportRemoveMode.Safe));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Requests_that_a_drained_node_holds_back_leave_with_their_client(bool stopsServer)
    {
        await using var host = new TestHost();
        await host.AddNodeAsync(Null);
        await host.StartServerAsync();
        await host.AddExportAsync("""{"type": "nbd", "id": "e", "node-name": "n", "name": "", "writable": true}""");
        using RawClient client = await RawClient.GoAsync(host.ConnectAsync);
        await FlushAsync(client);
        DrainedSection? section = null;
        await host.Run(async () => section = await host.Layer.Graph.FindNode("n")!.DrainAsync());

        // An unknown request is answered though the node is drained, and after the flush has come to it.
        await client.SendAsync("req 3 0 2 0 0");
        await client.SendAsync("req 99 0 3 0 0");
        Assert.That(await client.ReceiveReplyAsync(), Is.EqualTo(3));
        await host.Run(async () =>
        {
            if (stopsServer)
            {
                await host.Nbd.StopServerAsync();
            }
            else
            {
                await host.Exports.RemoveAsync("e", BlockExportRemoveMode.Hard);
                await host.Layer.Turns.PollWhileAsync(static exports => exports.Query().Count > 0, host.Exports);
            }
        });

        Assert.That(await client.ReceiveAsync(1), Is.Empty);
        Assert.That(Deleted(host), Is.EqualTo(["e"]));
        Assert.That(host.Reports, Is.Empty);
        await host.Run(() => section!.Dispose());
    }

    [TestCase("""{"type": "nbd", "id": "1x", "node-name": "zz", "writable": true}""", "Invalid block export id")]
    [TestCase("""{"type": "nbd", "id": "old", "node-name": "zz"}""", "Block export id 'old' is already in use")]
    [TestCase("""{"type": "nbd", "id": "a", "node-name": "zz", "writable": true}""", "Cannot find device='' nor node-name='zz'")]
    [TestCase("""{"type": "nbd", "id": "a", "node-name": "ro", "writable": true, "iothread": "q"}""", "Cannot export read-only node as writable")]
    [TestCase("""{"type": "nbd", "id": "a", "node-name": "n", "iothread": "q"}""", "iothread \"q\" not found")]
    [TestCase("""{"type": "nbd", "id": "a", "node-name": "n", "name": "old"}""", "NBD server already has export named 'old'")]
    [TestCase("""{"type": "nbd", "id": "a", "node-name": "n", "bitmaps": ["b"]}""", "Bitmap 'b' is not found")]
    [TestCase("""{"type": "nbd", "id": "a", "node-name": "n", "bitmaps": ["on"]}""", "Enabled bitmap 'on' incompatible with readonly export")]
    [TestCase("""{"type": "nbd", "id": "a", "node-name": "n", "writable": true, "bitmaps": ["busy"]}""", "Bitmap 'busy' is currently in use by another operation and cannot be used")]
    [TestCase("""{"type": "nbd", "id": "a", "node-name": "n", "bitmaps": [{"node": "zz", "name": "b"}]}""", "Node 'zz' not found")]
    [TestCase("""{"type": "nbd", "id": "a", "node-name": "n", "bitmaps": [{"node": "n", "name": "b"}]}""", "Dirty bitmap 'b' not found")]
    public async Task What_cannot_be_exported_is_refused_in_QEMUs_words(string options, string message)
    {
        await using var host = new TestHost();
        await host.AddNodeAsync(Null);
        await host.AddNodeAsync(ReadOnlyNull);
        await host.StartServerAsync();
        await host.Run(() =>
        {
            var bitmaps = host.Layer.Graph.FindNode("n")!.Bitmaps;
            bitmaps.Create("on", 65536);
            bitmaps.Create("busy", 65536).IsBusy = true;
        });
        await host.AddExportAsync("""{"type": "nbd", "id": "old", "node-name": "n", "name": "old"}""");
        Assert.That(async () => await host.AddExportAsync(options), Throws.TypeOf<QmpException>().With.Message.EqualTo(message));
        await host.Run(() =>
        {
            Assert.That(host.Exports.Query(), Has.Count.EqualTo(1));
            Assert.That(host.Layer.Graph.FindNode("n")!.Parents, Has.Count.EqualTo(1));
            host.Layer.Graph.FindNode("n")!.Bitmaps.Get("busy").IsBusy = false;
        });
    }

    [Test]
    public async Task Without_a_server_there_are_no_exports()
    {
        await using var host = new TestHost();
        await host.AddNodeAsync(Null);
        Assert.That(
            async () => await host.AddExportAsync("""{"type": "nbd", "id": "a", "node-name": "n"}"""),
            Throws.TypeOf<QmpException>().With.Message.EqualTo("NBD server not running"));
        await Fails(host, "NBD server not running", async () => await host.Nbd.StopServerAsync());
        await host.StartServerAsync();
        Assert.That(() => host.StartServerAsync(), Throws.TypeOf<QmpException>().With.Message.EqualTo("NBD server already running"));
    }

    [Test]
    public async Task A_bitmap_is_busy_while_it_is_exported()
    {
        await using var host = new TestHost();
        await host.AddNodeAsync(Null);
        await host.AddNodeAsync("""{"driver": "null-co", "node-name": "other", "size": 1048576}""");
        await host.StartServerAsync();
        await host.Run(() => host.Layer.Graph.FindNode("n")!.Bitmaps.Create("b0", 65536).Bits.Set(0, 65536));
        await host.Run(() => host.Layer.Graph.FindNode("other")!.Bitmaps.Create("b1", 65536));
        await host.AddExportAsync("""
            {"type": "nbd", "id": "e", "node-name": "n", "name": "", "writable": true, "bitmaps": ["b0", {"node": "other", "name": "b1"}]}
            """);
        await host.Run(() => Assert.That(host.Layer.Graph.FindNode("n")!.Bitmaps.Get("b0").IsBusy, Is.True));
        Assert.That(
            async () => await host.Run(async () => await host.Layer.Graph.DeleteMonitorNodeAsync("other")),
            Throws.TypeOf<QmpException>());
        await host.Run(async () => await host.Exports.RemoveAsync("e", BlockExportRemoveMode.Safe));
        await host.Run(() => Assert.That(host.Layer.Graph.FindNode("n")!.Bitmaps.Get("b0").IsBusy, Is.False));
        await host.Run(async () => await host.Layer.Graph.DeleteMonitorNodeAsync("other"));
        await host.Run(async () => await host.Layer.Graph.DeleteMonitorNodeAsync("n"));
    }

    [Test]
    public async Task Nbd_server_add_takes_the_devices_name_and_exports_what_it_can()
    {
        await using var host = new TestHost();
        await host.AddNodeAsync(ReadOnlyNull);
        await host.StartServerAsync();
        await host.Run(async () => await host.Nbd.AddToServerAsync(new NbdServerAddOptions { Device = "ro", Writable = true }));
        await host.Run(() => Assert.That(
            host.Exports.Query(),
            Is.EqualTo([new BlockExportInfo { Id = "ro", Type = BlockExportType.Nbd, NodeName = "ro", ShuttingDown = false }])));
        await Fails(host, "Block export id 'ro' is already in use", async () => await host.Nbd.AddToServerAsync(new NbdServerAddOptions { Device = "ro" }));
        await Fails(
            host, "Cannot find device='zz' nor node-name='zz'", async () => await host.Nbd.AddToServerAsync(new NbdServerAddOptions { Device = "zz", Name = "x y" }));
    }

    [Test]
    public async Task A_pinned_export_keeps_its_iothread()
    {
        await using var host = new TestHost();
        host.IOThreads.UnionWith(["io0", "io1"]);
        await host.AddNodeAsync(Null);
        await host.StartServerAsync();
        await Add("i0", "");
        await Add("i1", """, "iothread": "io0", "fixed-iothread": true""");
        Assert.That(
            () => Add("i2", """, "iothread": "io1", "fixed-iothread": true"""),
            Throws.TypeOf<QmpException>().With.Message.EqualTo("Cannot change iothread of active block backend"));
        await Add("i3", """, "iothread": "io1" """);
        await Add("i4", """, "iothread": "io0", "fixed-iothread": true""");
        await Add("i5", """, "fixed-iothread": true""");

        Task Add(string id, string more) => host.AddExportAsync($$"""{"type": "nbd", "id": "{{id}}", "name": "{{id}}", "node-name": "n"{{more}}}""");
    }

    [TestCase("7.2", 100u, 0x0d6d)]
    [TestCase("7.2", 1u, 0x0c6d)]
    [TestCase("7.0", 100u, 0x0c6d)]
    public async Task Several_connections_are_offered_as_the_release_offers_them(string profile, uint maxConnections, int flags)
    {
        await using var host = new TestHost(profile: profile);
        await host.AddNodeAsync(Null);
        await host.StartServerAsync(maxConnections);
        await host.AddExportAsync("""{"type": "nbd", "id": "e", "node-name": "n", "writable": true}""");
        using var client = new RawClient(await host.ConnectAsync());
        await client.ReceiveAsync(18);
        await client.SendAsync("client 3 | opt 1 str:n");
        Assert.That(Convert.ToHexString((await client.ReceiveAsync(10))[8..]), Is.EqualTo(flags.ToString("X4", System.Globalization.CultureInfo.InvariantCulture)));
    }

    private static IEnumerable<string> Deleted(TestHost host) => host.Events.OfType<BlockExportDeletedEvent>().Select(static e => e.Id);

    private static async Task FlushAsync(RawClient client)
    {
        await client.SendAsync("req 3 0 1 0 0");
        Assert.That(await client.ReceiveReplyAsync(), Is.EqualTo(1));
    }

    private static async Task Fails(TestHost host, string message, Func<Task> work)
    {
        QmpException? e = null;
        try
        {
            await host.Run(work);
        }
        catch (QmpException thrown)
        {
            e = thrown;
        }

        Assert.That(e?.Message, Is.EqualTo(message));
    }
}
