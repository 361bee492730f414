using System.Net.Sockets;
using System.Text.Json.Nodes;
using NUnit.Framework;
using QmpHost.Control.Rpc;

namespace QmpHost.Control.Tests;

/// <summary>The control interface, as a client without any library speaks it.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class ControlServerTests
{
    [Test]
    public async Task A_line_is_answered_by_a_line()
    {
        await using var client = await RawClient.StartAsync();

        JsonNode started = await client.AskAsync("""{"jsonrpc":"2.0","id":1,"method":"hosts.start","params":{"name":"a"}}""");
        JsonNode version = await client.AskAsync("""{"jsonrpc":"2.0","id":"x","method":"qmp.execute","params":{"command":"query-version"}}""");

        Assert.That(started["result"]!["release"]!.GetValue<string>(), Is.EqualTo("7.2"));
        Assert.That(version["id"]!.GetValue<string>(), Is.EqualTo("x"));
        Assert.That(version["result"]!["qemu"]!["major"]!.GetValue<int>(), Is.EqualTo(7));
    }

    [TestCase("{", -32700)]
    [TestCase("[]", -32600)]
    [TestCase("""{"jsonrpc":"2.0","id":1}""", -32600)]
    [TestCase("""{"jsonrpc":"2.0","id":1,"method":"nothing"}""", -32601)]
    [TestCase("""{"jsonrpc":"2.0","id":1,"method":"hosts.stop","params":{"x":1}}""", -32602)]
    [TestCase("""{"jsonrpc":"2.0","id":1,"method":"hosts.stop","params":["none"]}""", -32001)]
    [TestCase("""{"jsonrpc":"2.0","id":1,"method":"rules.add","params":{"host":"h","rule":{"errno":"EWHAT"}}}""", -32001)]
    public async Task What_is_wrong_is_told_and_the_connection_stays(string request, int code)
    {
        await using var client = await RawClient.StartAsync();

        JsonNode answer = await client.AskAsync(request);
        JsonNode next = await client.AskAsync("""{"jsonrpc":"2.0","id":2,"method":"hosts.list"}""");

        Assert.That(answer["error"]!["code"]!.GetValue<int>(), Is.EqualTo(code), answer.ToJsonString());
        Assert.That(next["result"]!.AsArray(), Is.Empty);
    }

    [Test]
    public async Task Disks_are_given_read_and_compared()
    {
        await using var client = await RawClient.StartAsync();
        await client.AskAsync("""{"jsonrpc":"2.0","id":1,"method":"hosts.start"}""");
        await client.AskAsync("""{"jsonrpc":"2.0","id":2,"method":"disks.add","params":{"node":"a","size":1048576}}""");
        await client.AskAsync("""{"jsonrpc":"2.0","id":3,"method":"disks.add","params":{"node":"b","size":1048576,"format":"qcow2","temporary":true}}""");
        await client.AskAsync("""{"jsonrpc":"2.0","id":4,"method":"guest.fill","params":{"disk":"b","offset":70000,"bytes":2,"value":65}}""");

        JsonNode differences = await client.AskAsync("""{"jsonrpc":"2.0","id":5,"method":"disks.compare","params":{"node":"a","with":"b"}}""");
        JsonNode data = await client.AskAsync("""{"jsonrpc":"2.0","id":6,"method":"disks.read","params":{"node":"b","offset":69999,"bytes":4}}""");
        JsonNode outside = await client.AskAsync("""{"jsonrpc":"2.0","id":7,"method":"disks.read","params":{"node":"a","offset":9223372036854775807,"bytes":1}}""");
        JsonNode unclear = await client.AskAsync("""{"jsonrpc":"2.0","id":8,"method":"disks.add","params":{"node":"c","size":1,"path":"/x"}}""");

        Assert.That(differences["result"]!.ToJsonString(), Is.EqualTo("[[70000,2]]"));
        Assert.That(Convert.FromBase64String(data["result"]!.GetValue<string>()), Is.EqualTo(new byte[] { 0, 65, 65, 0 }));
        Assert.That(outside["error"]!["code"]!.GetValue<int>(), Is.EqualTo(-32602));
        Assert.That(unclear["error"]!["code"]!.GetValue<int>(), Is.EqualTo(-32602));
    }

    [Test]
    public async Task A_rule_that_cannot_be_is_refused_with_what_can_be()
    {
        await using var client = await RawClient.StartAsync();
        await client.AskAsync("""{"jsonrpc":"2.0","id":1,"method":"hosts.start"}""");

        JsonNode answer = await client.AskAsync("""{"jsonrpc":"2.0","id":2,"method":"rules.add","params":{"rule":{"event":{"name":"STOP"},"errno":"EIO"}}}""");

        Assert.That(answer["error"]!["message"]!.GetValue<string>(), Does.Contain("repeat, latency"));
    }

    [Test]
    public async Task A_call_that_waits_holds_up_no_other()
    {
        await using var client = await RawClient.StartAsync();
        await client.AskAsync("""{"jsonrpc":"2.0","id":1,"method":"hosts.start"}""");
        await client.AskAsync("""{"jsonrpc":"2.0","id":2,"method":"gates.holdCommand","params":{"command":{"command":"query-name"}}}""");

        await client.SendAsync("""{"jsonrpc":"2.0","id":3,"method":"gates.wait","params":{"gate":1}}""");
        await client.SendAsync("""{"jsonrpc":"2.0","id":4,"method":"qmp.execute","params":{"command":"query-name"}}""");
        JsonNode waited = await client.ReceiveAsync();
        await client.SendAsync("""{"jsonrpc":"2.0","id":5,"method":"gates.release","params":{"gate":1}}""");
        int[] rest = [(await client.ReceiveAsync())["id"]!.GetValue<int>(), (await client.ReceiveAsync())["id"]!.GetValue<int>()];

        Assert.That(waited["result"]!["state"]!.GetValue<string>(), Is.EqualTo("holding"));
        Assert.That(rest, Is.EquivalentTo(new[] { 4, 5 }));
    }

    [Test]
    public async Task A_client_that_has_closed_its_half_gets_all_answers()
    {
        await using var client = await RawClient.StartAsync();
        await client.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"hosts.start"}""");
        client.CloseHalf();

        Assert.That((await client.ReceiveAsync())["result"]!["name"]!.GetValue<string>(), Is.EqualTo("host1"));
    }

    [Test]
    public async Task Tcp_is_served_on_the_loopback_interface_only()
    {
        await using ControlServer server = ControlServer.Serve("tcp:127.0.0.1:0");

        Assert.That(server.Address, Does.Match("^tcp:127.0.0.1:[0-9]+$"));
        Assert.That(() => ControlServer.Serve("tcp:0.0.0.0:0"), Throws.TypeOf<IOException>().With.Message.Contains("loopback"));
    }

    [Test]
    public void The_documentation_names_every_method()
    {
        JsonNode document = JsonNode.Parse(ControlServer.Documentation)!;
        string[] names = [.. document["methods"]!.AsArray().Select(static method => method!["name"]!.GetValue<string>())];

        Assert.That(names, Is.Unique);
        Assert.That(names, Is.SupersetOf(new[] { "hosts.start", "gates.holdJob", "rules.add", "clock.advance", "guest.write", "record.entries", "graph.get" }));
        Assert.That(document["components"]!["schemas"]!["rule"]!["properties"]!["errno"], Is.Not.Null);
    }

    private sealed class RawClient : IAsyncDisposable
    {
        private readonly string _folder;
        private readonly ControlServer _server;
        private readonly NetworkStream _stream;
        private readonly StreamReader _reader;

        private RawClient(string folder, ControlServer server, Socket socket)
        {
            _folder = folder;
            _server = server;
            _stream = new NetworkStream(socket, ownsSocket: true);
            _reader = new StreamReader(_stream);
        }

        public static async Task<RawClient> StartAsync()
        {
            string folder = Directory.CreateTempSubdirectory("qmphost-control-").FullName;
            ControlServer server = ControlServer.Serve(Path.Combine(folder, "control"));
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(server.Address));
            return new RawClient(folder, server, socket);
        }

        public void CloseHalf() => _stream.Socket.Shutdown(SocketShutdown.Send);

        public async Task<JsonNode> AskAsync(string request)
        {
            await SendAsync(request);
            return await ReceiveAsync();
        }

        public Task SendAsync(string request) => _stream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(request + "\n")).AsTask();

        public async Task<JsonNode> ReceiveAsync() => JsonNode.Parse((await _reader.ReadLineAsync().WaitAsync(ControlledHost.Patience))!)!;

        public async ValueTask DisposeAsync()
        {
            _reader.Dispose();
            await _server.DisposeAsync();
            Directory.Delete(_folder, recursive: true);
        }
    }
}
