using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Nbd.Tests.Support;
using QmpHost.Qapi;

namespace QmpHost.Nbd.Tests.Client;

/// <summary>The client with headers whose lengths have 64 bits, as they are since 8.2.</summary>
[TestFixture]
public class NbdExtendedHeadersTests
{
    private const long GiB = 1L << 30;
    private const string Profile = "8.2";
    private const string Greeting = "raw 64:0x4e42444d41474943 64:0x49484156454F5054 16:3";
    private const string Ack = "1";
    private const string Context = "4 32:0 str:base:allocation | 1";
    private const string Info = "3 16:0 64:1048576 16:0xded | 1";

    [Test]
    public async Task Zeroes_trims_and_questions_are_as_long_as_the_disk()
    {
        MemoryDisk disk = await RequestAsync(Profile, knowsExtendedHeaders: true, longest: 6 * GiB);
        Assert.That(disk.Log, Is.EqualTo([$"write-zeroes 0 {5 * GiB} None", $"discard {GiB} {5 * GiB}", "flush"]));
    }

    [TestCase("7.2", true)]
    [TestCase(Profile, false)]
    public async Task They_are_not_where_one_of_the_two_does_not_know_them(string profile, bool knowsExtendedHeaders)
    {
        MemoryDisk disk = await RequestAsync(profile, knowsExtendedHeaders, longest: int.MaxValue);
        Assert.That(disk.Log[0], Is.EqualTo("write-zeroes 0 33554432 None"));
        Assert.That(disk.Log, Does.Contain($"discard {GiB} {int.MaxValue}"));
    }

    [Test]
    public async Task Limits_name_no_longest_zeroes_and_trim()
    {
        await using TestServer server = await TestServer.StartAsync(new MemoryDisk(GiB, 0), knowsExtendedHeaders: true);
        await using var host = new TestHost(profile: Profile);
        await host.AddNodeAsync(NbdDriverTests.Node(server));
        await host.Run(() =>
        {
            BlockLimits limits = host.Layer.Graph.FindNode("n")!.Limits;
            Assert.That((limits.MaxWriteZeroes, limits.MaxDiscard), Is.EqualTo((0L, 0L)));
        });
    }

    [TestCase("2", "Server answered option 11 (extended headers) with unexpected reply 2 (server)")]
    [TestCase("1 str:xx", "Option 11 ('extended headers') response length is 2 (it should be zero)")]
    public async Task A_bad_reply_about_them_is_told(string reply, string message)
    {
        using var server = new FakeServer();
        await using var host = new TestHost(profile: Profile);
        Task<RawClient> serving = server.NegotiateAsync(Greeting, reply);
        Assert.That(() => host.AddNodeAsync(Node(server)), Throws.TypeOf<QmpException>().With.Message.EqualTo(message));
        (await serving).Dispose();
    }

    // The answers of QEMU 11.1's client: what it makes of each was seen beside a server that says them.
    [TestCase("16:1 16:6 HANDLE 64:0 64:24 32:0 32:1 64:65536 64:3", 65536)]
    [TestCase("16:1 16:6 HANDLE 64:77 64:24 32:0 32:1 64:65536 64:3", 65536, TestName = "The offset in a reply is not looked at")]
    [TestCase("16:1 16:6 HANDLE 64:0 64:24 32:0 32:9 64:65536 64:3", 65536, TestName = "Nor is the number of extents")]
    [TestCase("16:1 16:6 HANDLE 64:0 64:40 32:0 32:2 64:65536 64:3 64:512 64:0", 65536, TestName = "Only the first extent counts")]
    [TestCase("16:1 16:6 HANDLE 64:0 64:24 32:0 32:1 64:0x8000000000000000 64:3", 1048576, TestName = "An extent longer than the disk ends with it")]
    [TestCase("16:1 16:5 HANDLE 64:0 64:12 32:0 32:65536 32:3", 65536, TestName = "Extents of 32 bits are understood")]
    [TestCase("16:1 16:6 HANDLE 64:0 64:8 32:0 32:0", 0, TestName = "No extent is an error")]
    [TestCase("16:1 16:6 HANDLE 64:0 64:24 32:0 32:1 64:0 64:3", 0, TestName = "An empty extent is an error")]
    [TestCase("16:1 16:6 HANDLE 64:0 64:24 32:1 32:1 64:512 64:3", 0, TestName = "Another context is an error")]
    public async Task An_answer_about_allocation(string chunk, long expected)
    {
        using var server = new FakeServer();
        await using var host = new TestHost(profile: Profile);
        Task<RawClient> serving = server.NegotiateAsync(Greeting, Ack, Context, Info);
        await host.AddNodeAsync(Node(server));
        using RawClient peer = await serving;
        await NbdDriverTests.WithBackendAsync(host, "n", async backend =>
        {
            ValueTask<BlockStatus> asked = backend.GetBlockStatusAsync(wantZero: true, 0, 1 << 20);
            byte[] request = await peer.ReceiveAsync(32);
            await peer.SendAsync("raw 32:0x6e8a278c " + chunk.Replace("HANDLE", $"hex:{Convert.ToHexString(request, 8, 8)}", StringComparison.Ordinal));
            if (expected > 0)
            {
                Assert.That((await asked).Bytes, Is.EqualTo(expected));
            }
            else
            {
                await NbdDriverTests.FailsAsync(Errno.EINVAL, async () => await asked);
            }

            peer.Dispose();
        });
    }

    private static async Task<MemoryDisk> RequestAsync(string profile, bool knowsExtendedHeaders, long longest)
    {
        var disk = new MemoryDisk(6 * GiB, 0);
        await using TestServer server = await TestServer.StartAsync(disk, knowsExtendedHeaders: knowsExtendedHeaders);
        await using var host = new TestHost(profile: profile);
        await host.AddNodeAsync(NbdDriverTests.Node(server, """, "discard": "unmap" """));
        await NbdDriverTests.WithBackendAsync(host, "n", async backend =>
        {
            Assert.That((await backend.GetBlockStatusAsync(wantZero: true, 0, 6 * GiB)).Bytes, Is.EqualTo(longest));
            await backend.WriteZeroesAsync(0, 5 * GiB);
            await backend.DiscardAsync(GiB, 5 * GiB);
        });
        return disk;
    }

    private static string Node(FakeServer server)
        => $$"""{"driver": "nbd", "node-name": "n", "server": {"type": "unix", "path": "{{server.Path}}"}, "export": ""}""";
}
