using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using NUnit.Framework;
using QmpHost.Control.Rpc;

namespace QmpHost.Inspect.Tests;

/// <summary>The live page's server, over a control interface of its own.</summary>
internal sealed class InspectServerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private string _folder = "";
    private ControlServer _control = null!;
    private InspectServer _server = null!;
    private HttpClient _client = null!;

    [SetUp]
    public async Task SetUpAsync()
    {
        _folder = Directory.CreateTempSubdirectory("qmphost-inspect-").FullName;
        _control = ControlServer.Serve(Path.Combine(_folder, "control"));
        _server = await InspectServer.StartAsync(_control.Address, 0);
        _client = new HttpClient { BaseAddress = new Uri(_server.Address) };
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
        await _control.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task The_page_needs_nothing_from_elsewhere()
    {
        string page = await _client.GetStringAsync("/");

        Assert.That(page, Does.Contain("<title>QmpHost</title>"));
        Assert.That(page, Does.Not.Contain("src=").And.Not.Contain("@import").And.Not.Contain("https://"));
    }

    [Test]
    public async Task Calls_are_passed_on_and_what_happens_is_told()
    {
        using HttpResponseMessage stream = await _client.GetAsync("/told", HttpCompletionOption.ResponseHeadersRead);
        using var told = new StreamReader(await stream.Content.ReadAsStreamAsync());

        JsonNode started = await CallAsync("""{"method":"hosts.start","params":{"name":"a"}}""");
        string? line = await told.ReadLineAsync().WaitAsync(Patience);
        await CallAsync("""{"method":"qmp.execute","params":{"command":"blockdev-add","arguments":{"driver":"null-co","node-name":"disk","size":1048576}}}""");
        await CallAsync("""{"method":"qmp.execute","params":{"command":"block-dirty-bitmap-add","arguments":{"node":"disk","name":"b"}}}""");
        await CallAsync("""{"method":"guest.fill","params":{"disk":"disk","offset":65536,"bytes":65536}}""");
        JsonNode bitmaps = await CallAsync("""{"method":"graph.bitmaps"}""");
        JsonNode refused = await CallAsync("""{"method":"nothing"}""");

        Assert.That(started["result"]!["name"]!.GetValue<string>(), Is.EqualTo("a"));
        Assert.That(line, Does.StartWith("data: ").And.Contain("\"is\":\"started\""));
        Assert.That(bitmaps["result"]![0]!["areas"]!.ToJsonString(), Is.EqualTo("[[65536,65536]]"));
        Assert.That(refused["error"]!["code"]!.GetValue<int>(), Is.EqualTo(-32601));
    }

    [Test]
    public async Task Pages_from_elsewhere_cannot_act()
    {
        using var rebound = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Host = "evil.example" } };
        using var form = new StringContent("{\"method\":\"hosts.list\"}", Encoding.UTF8, new MediaTypeHeaderValue("text/plain"));

        Assert.That((await _client.SendAsync(rebound)).StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await _client.PostAsync("/call", form)).StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task The_interface_can_be_had_as_a_WebSocket()
    {
        using ClientWebSocket socket = await OpenAsync(origin: null);
        await SendAsync(socket, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\",\n\"params\":{\"topics\":[\"host\"]}}");
        JsonNode subscribed = await ReceiveAsync(socket);
        await SendAsync(socket, """{"jsonrpc":"2.0","id":2,"method":"hosts.start","params":{"name":"a"}}""");
        JsonNode[] messages = [await ReceiveAsync(socket), await ReceiveAsync(socket)];

        Assert.That(subscribed["id"]!.GetValue<int>(), Is.EqualTo(1));
        Assert.That(messages.Single(static message => message["id"] is not null)["result"]!["name"]!.GetValue<string>(), Is.EqualTo("a"));
        Assert.That(messages.Single(static message => message["id"] is null)["params"]!["is"]!.GetValue<string>(), Is.EqualTo("started"));
        using var patience = new CancellationTokenSource(Patience);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token);
        Assert.That(socket.State, Is.EqualTo(WebSocketState.Closed));
    }

    [Test]
    public async Task A_WebSocket_takes_text_of_a_page_of_its_own_only()
    {
        using ClientWebSocket socket = await OpenAsync(origin: _server.Address);
        using var patience = new CancellationTokenSource(Patience);
        await socket.SendAsync("{}"u8.ToArray(), WebSocketMessageType.Binary, endOfMessage: true, patience.Token);
        WebSocketReceiveResult refused = await socket.ReceiveAsync(new byte[16], patience.Token);

        Assert.That(refused.CloseStatus, Is.EqualTo(WebSocketCloseStatus.InvalidMessageType));
        Assert.That(async () => await OpenAsync("https://evil.example"), Throws.InstanceOf<WebSocketException>());
        Assert.That((await _client.GetAsync("/control")).StatusCode, Is.EqualTo(HttpStatusCode.UpgradeRequired));
    }

    private async Task<ClientWebSocket> OpenAsync(string? origin)
    {
        var socket = new ClientWebSocket();
        if (origin is not null)
        {
            socket.Options.SetRequestHeader("Origin", origin);
        }

        using var patience = new CancellationTokenSource(Patience);
        await socket.ConnectAsync(new Uri(_server.Address.Replace("http:", "ws:", StringComparison.Ordinal) + "/control"), patience.Token);
        return socket;
    }

    private static async Task SendAsync(ClientWebSocket socket, string text)
    {
        using var patience = new CancellationTokenSource(Patience);
        await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, patience.Token);
    }

    private static async Task<JsonNode> ReceiveAsync(ClientWebSocket socket)
    {
        using var patience = new CancellationTokenSource(Patience);
        byte[] buffer = new byte[64 << 10];
        WebSocketReceiveResult result = await socket.ReceiveAsync(buffer, patience.Token);
        return JsonNode.Parse(buffer.AsSpan(0, result.Count))!;
    }

    private async Task<JsonNode> CallAsync(string call)
    {
        using var content = new StringContent(call, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        using HttpResponseMessage answer = await _client.PostAsync("/call", content);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
    }
}
