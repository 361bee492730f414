using System.Net.Sockets;
using CsCheck;
using QmpHost.Nbd.Protocol;
using QmpHost.Nbd.Server;
using QmpHost.Nbd.Tests.Support;
using QmpHost.Nbd.Tests.Wire;
using QmpHost.Testing.Support;

namespace QmpHost.Nbd.Tests.Server;

[TestFixture]
public class NbdHostileClientTests
{
    [Test]
    public async Task A_client_that_does_not_read_holds_a_bounded_part_of_the_server()
    {
        const int RequestLength = 1024 * 1024;
        var disk = new MemoryDisk(RequestLength);
        disk.SetData(0, RequestLength, 1);
        await using TestServer server = await TestServer.StartAsync(disk);
        using RawClient greedy = await RawClient.GoAsync(server);
        int started = 0;
        await server.OnLoopAsync(() => disk.Gate = () =>
        {
            started++;
            return Task.CompletedTask;
        });
        var sending = Task.Run(() => greedy.SendAsync(WireBytes.Parse(string.Join('|', Enumerable.Range(0, 10_000).Select(static i => $"req 0 0 {i} 0 {RequestLength}")))));

        using RawClient polite = await RawClient.GoAsync(server);
        for (int i = 1; i <= 50; i++)
        {
            await polite.SendAsync($"req 3 0 {i} 0 0");
            Assert.That(await polite.ReceiveReplyAsync(), Is.EqualTo(i));
        }

        Assert.That(await server.Loop.InvokeAsync(() => Task.FromResult(started)), Is.LessThanOrEqualTo(2 * NbdConstants.MaxRequestsInFlight));
        greedy.Socket.Close();
        await sending.ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    [Test]
    public async Task A_payload_that_never_comes_disturbs_nobody()
    {
        await using TestServer server = await TestServer.StartAsync(new MemoryDisk(NbdConstants.MaxBufferSize));
        using RawClient silent = await RawClient.GoAsync(server);
        await silent.SendAsync($"req 1 0 1 0 {NbdConstants.MaxBufferSize} str:abc");
        using RawClient polite = await RawClient.GoAsync(server);
        await polite.SendAsync("req 3 0 1 0 0");
        Assert.That(await polite.ReceiveReplyAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task A_thousand_clients_that_say_nothing_keep_nobody_out()
    {
        await using TestServer server = await TestServer.StartAsync([new NbdExport("", new MemoryDisk(512))], maxConnections: 0);
        List<Socket> silent = [];
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < 1000; i++)
        {
            silent.Add(await server.ConnectAsync());
        }

        using RawClient polite = await RawClient.GoAsync(server);
        await polite.SendAsync("req 3 0 1 0 0");
        Assert.That(await polite.ReceiveReplyAsync(), Is.EqualTo(1));
        long perClient = (GC.GetTotalMemory(forceFullCollection: true) - before) / silent.Count;
        TestContext.Out.WriteLine($"{perClient} bytes for each client, both ends");
        Assert.That(perClient, Is.LessThan(32 * 1024));
        silent.ForEach(static socket => socket.Dispose());
    }

    [Test]
    public async Task Any_bytes_at_any_time_leave_the_server_in_order()
    {
        var disk = new MemoryDisk(1024 * 1024);
        await using TestServer server = await TestServer.StartAsync([new NbdExport("", disk) { Writable = true }, new NbdExport("a", disk)]);
        string[] good = ["client 3", "opt 3", "opt 8", "opt 9 name:a 32:0", "opt 10 name: 32:1 name:base:allocation", "opt 7 name: 16:0",
            "req 0 0 1 0 4096", "req 1 0 2 0 4 str:abcd", "req 7 0 3 0 4096", "req 3 0 4 0 0", "req 6 0 5 0 65536", "req 4 0 6 0 100", "req 55 0 7 0 0"];
        Gen<byte[]> message = Gen.Frequency(
            (6, Gen.Int[0, good.Length - 1].Select(i => good[i]).Select(WireBytes.Parse)),
            (2, Gen.Int[0, good.Length - 1].Select(i => good[i]).Select(WireBytes.Parse).SelectMany(bytes => Gen.Select(Gen.Int[0, bytes.Length - 1], Gen.Byte), (bytes, change) => Mutate(bytes, change.Item1, change.Item2))),
            (1, Gen.Byte.Array[1, 40]));
        await message.Array[1, 12].SampleAsync(async messages =>
        {
            using var client = new RawClient(await server.ConnectAsync());
            try
            {
                foreach (byte[] bytes in messages)
                {
                    await client.SendAsync(bytes);
                }

                client.Socket.Shutdown(SocketShutdown.Send);
                while (await client.Socket.ReceiveAsync(new byte[65536]) > 0)
                {
                }
            }
            catch (SocketException)
            {
                // The server has had enough of this client.
            }
        }, iter: 300, threads: 1);

        using RawClient polite = await RawClient.GoAsync(server);
        await polite.SendAsync("req 3 0 1 0 0");
        Assert.That(await polite.ReceiveReplyAsync(), Is.EqualTo(1));
        Assert.That(server.Reports.Select(PlatformWords.FindIn), Is.All.Null);
    }

    private static byte[] Mutate(byte[] bytes, int index, byte value)
    {
        byte[] copy = [.. bytes];
        copy[index] = value;
        return copy;
    }
}
