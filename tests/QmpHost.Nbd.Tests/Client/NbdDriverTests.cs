using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Nbd.Server;
using QmpHost.Nbd.Tests.Support;
using QmpHost.Qapi;

namespace QmpHost.Nbd.Tests.Client;

/// <summary>The nbd driver against this project's own server.</summary>
[TestFixture]
public class NbdDriverTests
{
    private const int Size = 1024 * 1024;

    [Test]
    public async Task Data_goes_there_and_back()
    {
        var disk = new MemoryDisk(Size);
        await using TestServer server = await TestServer.StartAsync(disk);
        await using var host = new TestHost();
        await host.AddNodeAsync(Node(server));
        await WithBackendAsync(host, "n", async backend =>
        {
            byte[] data = Pattern(100_000);
            await backend.WriteAsync(12345, data);
            byte[] back = new byte[Size];
            await backend.ReadAsync(0, back);
            Assert.That(back.AsSpan(12345, data.Length).SequenceEqual(data), Is.True);
            Assert.That(back.AsSpan(0, 12345).ContainsAnyExcept((byte)0), Is.False);
            Assert.That(disk.Bytes.SequenceEqual(back), Is.True);
        });
    }

    [Test]
    public async Task Requests_keep_their_flags()
    {
        var disk = new MemoryDisk(Size);
        await using TestServer server = await TestServer.StartAsync(disk);
        await using var host = new TestHost();
        await host.AddNodeAsync(Node(server, """, "discard": "unmap" """));
        await WithBackendAsync(host, "n", async backend =>
        {
            await backend.WriteAsync(0, new byte[512], RequestFlags.Fua);
            await backend.WriteZeroesAsync(512, 512, RequestFlags.MayUnmap | RequestFlags.Fua);
            await backend.WriteZeroesAsync(1024, 512);
            await backend.WriteZeroesAsync(2048, 512, RequestFlags.NoFallback);
            await backend.DiscardAsync(0, 65536);
            await backend.FlushAsync();
        });
        Assert.That(disk.Log, Is.EqualTo([
            "write 0 512 Fua", "write-zeroes 512 512 MayUnmap, Fua", "write-zeroes 1024 512 None", "write-zeroes 2048 512 NoFallback",
            "discard 0 65536", "flush"]));
    }

    [Test]
    public async Task Errors_of_the_server_are_those_of_the_node()
    {
        var disk = new MemoryDisk(Size) { Failures = { ["write"] = Errno.ENOSPC, ["flush"] = Errno.EIO } };
        await using TestServer server = await TestServer.StartAsync(disk);
        await using var host = new TestHost();
        await host.AddNodeAsync(Node(server));
        await WithBackendAsync(host, "n", async backend =>
        {
            await FailsAsync(Errno.ENOSPC, () => backend.WriteAsync(0, new byte[512]));
            disk.Failures.Remove("write");
            await backend.WriteAsync(0, new byte[512]);
            await FailsAsync(Errno.EIO, () => backend.FlushAsync());
            disk.Failures.Remove("flush");
        });
    }

    [Test]
    public async Task Block_status_is_the_servers()
    {
        var disk = new MemoryDisk(Size);
        disk.SetData(65536, 65536, 0x11);
        disk.SetZero(262144, 65536);
        await using TestServer server = await TestServer.StartAsync(disk);
        await using var host = new TestHost();
        await host.AddNodeAsync(Node(server));
        await WithBackendAsync(host, "n", async backend =>
        {
            BlockStatus hole = await backend.GetBlockStatusAsync(wantZero: true, 0, Size);
            Assert.That(hole.Bytes, Is.EqualTo(65536));
            Assert.That(hole.Flags, Is.EqualTo(BlockStatusFlags.Zero | BlockStatusFlags.OffsetValid | BlockStatusFlags.Allocated));
            BlockStatus data = await backend.GetBlockStatusAsync(wantZero: true, 65536, Size - 65536);
            Assert.That(data.Bytes, Is.EqualTo(65536));
            Assert.That(data.Flags, Is.EqualTo(BlockStatusFlags.Data | BlockStatusFlags.OffsetValid | BlockStatusFlags.Allocated));
            Assert.That((await backend.GetBlockStatusAsync(wantZero: true, 131072, Size - 131072)).Bytes, Is.EqualTo(Size - 131072));
        });
    }

    [Test]
    public async Task Another_context_can_stand_in_for_the_allocation()
    {
        var disk = new MemoryDisk(Size);
        disk.Dirty.Add([(131072, 65536)]);
        await using TestServer server = await TestServer.StartAsync([new NbdExport("", disk) { Bitmaps = ["b"] }]);
        await using var host = new TestHost();
        await host.AddNodeAsync(Node(server, """, "read-only": true, "x-dirty-bitmap": "qemu:dirty-bitmap:b" """));
        await WithBackendAsync(
            host,
            "n",
            async backend =>
            {
                Assert.That((await backend.GetBlockStatusAsync(wantZero: true, 0, Size)).Flags.HasFlag(BlockStatusFlags.Data), Is.True);
                BlockStatus dirty = await backend.GetBlockStatusAsync(wantZero: true, 131072, 65536);
                Assert.That(dirty.Flags.HasFlag(BlockStatusFlags.Data), Is.False);
            },
            writable: false);
        Assert.That(
            () => host.AddNodeAsync(Node(server, """, "read-only": true, "x-dirty-bitmap": "qemu:dirty-bitmap:no" """, "m")),
            Throws.TypeOf<QmpException>().With.Message.EqualTo("Could not open image: Invalid argument"));
    }

    [Test]
    public async Task A_read_only_export_cannot_be_opened_for_writing_unless_that_is_left_open()
    {
        await using TestServer server = await TestServer.StartAsync(new MemoryDisk(Size), writable: false);
        await using var host = new TestHost();
        Assert.That(
            () => host.AddNodeAsync(Node(server)),
            Throws.TypeOf<QmpException>().With.Message.EqualTo("Could not open image: Permission denied"));
        await host.AddNodeAsync(Node(server, """, "read-only": true""", "r"));
        await host.AddNodeAsync(Node(server, """, "auto-read-only": true""", "a"));
        await host.Run(() => Assert.That(host.Layer.Graph.FindNode("a")!.ReadOnly, Is.True));
    }

    [Test]
    public async Task More_requests_than_fit_wait_their_turn()
    {
        var disk = new MemoryDisk(Size);
        disk.SetData(0, Size, 7);
        await using TestServer server = await TestServer.StartAsync(disk);
        await using var host = new TestHost();
        await host.AddNodeAsync(Node(server));
        var held = new TaskCompletionSource();
        int waiting = 0;
        await server.OnLoopAsync(() => disk.Gate = () =>
        {
            waiting++;
            return held.Task;
        });
        await WithBackendAsync(host, "n", async backend =>
        {
            byte[] buffer = new byte[100 * 512];
            Task[] reads = [.. Enumerable.Range(0, 100).Select(i => backend.ReadAsync(i * 512, buffer.AsMemory(i * 512, 512)).AsTask())];
            held.SetResult();
            await Task.WhenAll(reads);
            Assert.That(buffer.AsSpan().ContainsAnyExcept((byte)7), Is.False);
        });
        Assert.That(waiting, Is.EqualTo(100));
    }

    [TestCase("""{"type": "unix", "path": "/s k"}""", null, "nbd+unix://?socket=/s k")]
    [TestCase("""{"type": "unix", "path": "/s"}""", "", "nbd+unix:///?socket=/s")]
    [TestCase("""{"type": "unix", "path": "/s", "abstract": false}""", "a b", "nbd+unix:///a b?socket=/s")]
    [TestCase("""{"type": "inet", "host": "localhost", "port": "10809"}""", "a", "nbd://localhost:10809/a")]
    [TestCase("""{"type": "inet", "host": "::1", "port": "10809", "numeric": true}""", null, "nbd://::1:10809")]
    [TestCase("""{"type": "inet", "host": "h", "port": "1", "ipv4": true}""", null, null)]
    [TestCase("""{"type": "inet", "host": "h", "port": "1", "to": 2}""", null, null)]
    public async Task The_filename_is_a_uri_where_that_says_everything(string address, string? export, string? filename)
    {
        await using var host = new TestHost();
        Assert.That(Nbd.Client.NbdFilename.Compose(host.Read(address, Qapi.Schema.SocketAddress.Visit), export), Is.EqualTo(filename));
    }

    [TestCase("""{"type": "unix", "path": "/nonexistent/s"}""", "Failed to connect to '/nonexistent/s': No such file or directory")]
    [TestCase("""{"type": "inet", "host": "127.0.0.1", "port": "1"}""", "Failed to connect to '127.0.0.1:1': Connection refused")]
    [TestCase("""{"type": "inet", "host": "127.0.0.1", "port": "abc"}""", "address resolution failed for 127.0.0.1:abc: Servname not supported for ai_socktype")]
    [TestCase("""{"type": "fd", "str": "3"}""", "only QEMU supports file descriptor passing")]
    public async Task A_server_that_is_not_there_is_named(string address, string message)
    {
        await using var host = new TestHost();
        Assert.That(
            () => host.AddNodeAsync($$"""{"driver": "nbd", "node-name": "n", "server": {{address}}}"""),
            Throws.TypeOf<QmpException>().With.Message.EqualTo(message));
    }

    [Test]
    public async Task Random_requests_do_what_they_do_to_memory()
    {
        var disk = new MemoryDisk(Size);
        await using TestServer server = await TestServer.StartAsync(disk);
        await using var host = new TestHost();
        await host.AddNodeAsync(Node(server));
        byte[] model = new byte[Size];
        var random = new Random(7);
        var requests = Enumerable.Range(0, 200).Select(_ => (Kind: random.Next(3), Start: random.Next(Size), Wanted: random.Next(1, 70_000), Value: (byte)random.Next(256)));
        await WithBackendAsync(host, "n", async backend =>
        {
            foreach ((int kind, int start, int wanted, byte value) in requests)
            {
                int length = Math.Min(wanted, Size - start);
                Memory<byte> area = model.AsMemory(start, length);
                if (kind == 0)
                {
                    area.Span.Fill(value);
                    await backend.WriteAsync(start, area);
                }
                else if (kind == 1)
                {
                    area.Span.Clear();
                    await backend.WriteZeroesAsync(start, length);
                }
                else
                {
                    byte[] back = new byte[length];
                    await backend.ReadAsync(start, back);
                    Assert.That(back.AsSpan().SequenceEqual(area.Span), Is.True);
                }
            }
        });
        Assert.That(disk.Bytes.SequenceEqual(model), Is.True);
    }

    internal static string Node(TestServer server, string more = "", string name = "n")
        => $$"""{"driver": "nbd", "node-name": "{{name}}", "server": {"type": "unix", "path": "{{server.Path}}"}{{more}}}""";

    internal static Task WithBackendAsync(TestHost host, string node, Func<BlockBackend, Task> work, bool writable = true) => host.Run(async () =>
    {
        BlockPermissions used = BlockPermissions.ConsistentRead | (writable ? BlockPermissions.Write : BlockPermissions.None);
        var backend = new BlockBackend(host.Layer.Graph, "a test", used, BlockPermissions.All);
        backend.Insert(host.Layer.Graph.FindNode(node)!);
        try
        {
            await work(backend);
        }
        finally
        {
            await backend.RemoveAsync();
        }
    });

    internal static async Task FailsAsync(Errno errno, Func<ValueTask> work)
    {
        Errno found = Errno.None;
        try
        {
            await work();
        }
        catch (BlockIOException e)
        {
            found = e.Errno;
        }

        Assert.That(found, Is.EqualTo(errno));
    }

    private static byte[] Pattern(int length)
    {
        byte[] data = new byte[length];
        new Random(1).NextBytes(data);
        return data;
    }
}
