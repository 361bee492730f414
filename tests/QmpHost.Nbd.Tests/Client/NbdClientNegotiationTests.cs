using QmpHost.Nbd.Tests.Support;
using QmpHost.Qapi;

namespace QmpHost.Nbd.Tests.Client;

/// <summary>What the client makes of servers that it cannot use, in the words that the oracle has for the same servers.</summary>
[TestFixture]
public class NbdClientNegotiationTests
{
    private const string Greeting = "raw 64:0x4e42444d41474943 64:0x49484156454F5054 16:3";
    private const string Ack = "1";
    private const string Unsupported = "0x80000001";
    private const string Info = "3 16:0 64:1048576 16:1";
    private const string Error = "0x800000";

    [TestCase("raw str:", "Failed to read initial magic: Unexpected end-of-file before all data were read")]
    [TestCase("raw str:xxxxxxxx", "Bad initial magic received: 0x7878787878787878")]
    [TestCase("raw str:NBDMAGIC", "Failed to read server magic: Unexpected end-of-file before all data were read")]
    [TestCase("raw str:NBDMAGICxxxxxxxx", "Bad server magic received: 0x7878787878787878")]
    [TestCase("raw str:NBDMAGICIHAVEOPT", "Failed to read server flags: Unexpected end-of-file before all data were read")]
    [TestCase("raw str:NBDMAGIC 64:0x00420281861253 64:1048576 32:5 fill:00*124", "Server does not support non-empty export names")]
    public Task A_greeting_that_is_none(string greeting, string message) => Fails(message, greeting);

    [TestCase("2", "Server answered option 8 (structured reply) with unexpected reply 2 (server)")]
    [TestCase("1 str:xx", "Option 8 ('structured reply') response length is 2 (it should be zero)")]
    [TestCase("raw 64:1 OPTION 32:1 32:0", "Unexpected option reply magic")]
    [TestCase("raw 64:0x3e889045565a9 32:99 32:1 32:0", "Unexpected option type 99 (<unknown>), expected 8 (structured reply)")]
    [TestCase("raw 64:0x3e889045565a9 OPTION 32:1 32:0x80000000", "Option 8 ('structured reply') response length is 2147483648 (it should be zero)")]
    [TestCase("raw str:ab", "Failed to read option reply: Unexpected end-of-file before all data were read")]
    public Task A_bad_reply_about_structured_replies(string reply, string message) => Fails(message, Greeting, reply);

    [TestCase("4", "Failed to negotiate meta context, server answered with unexpected length 0")]
    [TestCase("4 32:0 str:foo | 1", "Failed to negotiate meta context 'base:allocation', server answered with different context 'foo'")]
    [TestCase("4 32:5 str:base:allocation | 4 32:6 str:base:allocation | 1", "Server answered with more than one context")]
    [TestCase("3", "Unexpected reply type 3 (info), expected 4 (meta context)")]
    [TestCase("1 str:x", "Unexpected length to ACK response")]
    [TestCase("4 32:0 str:base:allocation | 2", "Unexpected reply type 2 (server), expected 4 (meta context)")]
    public Task A_bad_reply_about_contexts(string reply, string message) => Fails(message, Greeting, Ack, reply);

    [TestCase(Error + "02 str:text", "Denied by server for option 7 (go)")]
    [TestCase(Error + "03 str:text", "Invalid parameters for option 7 (go)")]
    [TestCase(Error + "04", "Server lacks support for option 7 (go)")]
    [TestCase(Error + "05", "TLS negotiation required before option 7 (go)")]
    [TestCase(Error + "06 str:text", "Requested export not available")]
    [TestCase(Error + "07", "Server shutting down before option 7 (go)")]
    [TestCase(Error + "08", "Server requires INFO_BLOCK_SIZE for option 7 (go)")]
    [TestCase(Error + "09", "Unknown error code when asking for option 7 (go)")]
    [TestCase(Error + "99", "Unknown error code when asking for option 7 (go)")]
    [TestCase("1", "broken server omitted NBD_INFO_EXPORT")]
    [TestCase("3", "NBD_REP_INFO length 0 is too short")]
    [TestCase("3 16:0 str:xx", "remaining export info len 2 is unexpected size")]
    [TestCase("3 16:3 str:xx", "remaining export info len 2 is unexpected size")]
    [TestCase("3 16:1 str:xx | 3 16:99 str:yy | 1", "broken server omitted NBD_INFO_EXPORT")]
    [TestCase("2", "unexpected reply type 2 (server), expected 3 (info)")]
    [TestCase("1 str:x", "server sent invalid NBD_REP_ACK")]
    [TestCase(Info + " | 3 16:3 32:3 32:4096 32:1048576 | 1", "server minimum block size 3 is not a power of two")]
    [TestCase(Info + " | 3 16:3 32:0 32:4096 32:1048576 | 1", "server minimum block size 0 is not a power of two")]
    [TestCase(Info + " | 3 16:3 32:1 32:4095 32:1048576 | 1", "server preferred block size 4095 is not valid")]
    [TestCase(Info + " | 3 16:3 32:4096 32:512 32:1048576 | 1", "server preferred block size 512 is not valid")]
    [TestCase(Info + " | 3 16:3 32:512 32:4096 32:100 | 1", "server maximum block size 100 is not valid")]
    [TestCase("3 16:0 64:1048576 16:0 | 1", "broken server omitted NBD_INFO_EXPORT")]
    [TestCase("3 16:0 64:0xffffffffffffffff 16:1 | 1", "Could not refresh total sector count: File too large")]
    public Task A_bad_reply_about_the_export(string reply, string message) => Fails(message, Greeting, Ack, Ack, reply);

    [TestCase("2 name:b | 2 name:c | 1", "No export with name 'a' available")]
    [TestCase(Error + "02", "Denied by server for option 3 (list)")]
    [TestCase("2 str:xx", "incorrect option length 2")]
    [TestCase("2 32:100 str:a", "incorrect name length in server's list response")]
    [TestCase("1 str:x", "length too long for option end")]
    [TestCase("3 str:x", "Unexpected reply type 3 (info), expected 2 (server)")]
    public Task A_bad_list(string reply, string message) => Fails(message, Greeting, Unsupported, Unsupported, reply);

    [Test]
    public Task An_export_that_closes_when_it_is_chosen()
        => Fails("Failed to read export length: Unexpected end-of-file before all data were read", Greeting, Unsupported, Unsupported, "2 name:a | 1", "raw str:");

    [TestCase("raw 64:0x4e42444d41474943 64:0x49484156454F5054 16:0", "raw 64:1000448 16:1 fill:00*124")]
    [TestCase(Greeting, Unsupported, Unsupported, "2 name:b | 2 name:a | 1", "raw 64:1000448 16:1")]
    [TestCase(Greeting, Unsupported, Unsupported, Unsupported, "raw 64:1000448 16:1")]
    [TestCase("raw 64:0x4e42444d41474943 64:0x49484156454F5054 16:1", Unsupported, Unsupported, Unsupported, "raw 64:1000448 16:1 fill:00*124")]
    [TestCase("raw 64:0x4e42444d41474943 64:0x49484156454F5054 16:0xffff", Ack, Ack, "3 16:0 64:1000448 16:1 | 1")]
    [TestCase(Greeting, Error + "02 str:text", "3 16:0 64:1000448 16:1 | 3 16:3 32:4096 32:4096 32:65536 | 1")]
    [TestCase(Greeting, Ack, Error + "06", "3 16:0 64:1000448 16:1 | 1")]
    public async Task Servers_of_every_age_are_understood(params string[] conversation)
    {
        using var server = new FakeServer();
        await using var host = new TestHost();
        Task<RawClient> serving = server.NegotiateAsync(conversation[0], conversation[1..]);
        await host.AddNodeAsync(Node(server));
        using RawClient peer = await serving;
        await host.Run(() => Assert.That(host.Layer.Graph.FindNode("n")!.Length, Is.EqualTo(1000448)));
        Task closing = host.Run(async () => await host.Layer.Graph.DeleteMonitorNodeAsync("n"));
        Assert.That((await peer.ReceiveAsync(28))[7], Is.EqualTo(2), "the goodbye");
        await closing;
    }

    private static string Node(FakeServer server)
        => $$"""{"driver": "nbd", "node-name": "n", "server": {"type": "unix", "path": "{{server.Path}}"}, "export": "a"}""";

    private static async Task Fails(string message, string greeting, params string[] answers)
    {
        using var server = new FakeServer();
        await using var host = new TestHost();
        Task serving = ServeAsync(server, greeting, answers);
        Assert.That(() => host.AddNodeAsync(Node(server)), Throws.TypeOf<QmpException>().With.Message.EqualTo(message));
        await serving;
    }

    private static async Task ServeAsync(FakeServer server, string greeting, string[] answers)
    {
        using RawClient peer = await server.NegotiateAsync(greeting, answers);
        if (answers.Length > 0)
        {
            peer.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
            while ((await peer.ReceiveAsync(4096)).Length > 0)
            {
            }
        }
    }
}
