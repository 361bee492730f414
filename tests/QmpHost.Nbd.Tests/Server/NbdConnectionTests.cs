using Microsoft.Extensions.Time.Testing;
using QmpHost.Nbd.Server;
using QmpHost.Nbd.Tests.Support;

namespace QmpHost.Nbd.Tests.Server;

[TestFixture]
public class NbdConnectionTests
{
    [Test]
    public async Task A_client_that_does_not_negotiate_is_dropped_after_ten_seconds()
    {
        var clock = new FakeTimeProvider();
        await using TestServer server = await TestServer.StartAsync([new NbdExport("", new MemoryDisk(512))], clock);
        using RawClient ready = await RawClient.GoAsync(server);
        using var slow = new RawClient(await server.ConnectAsync());
        Assert.That(await slow.ReceiveAsync(18), Has.Length.EqualTo(18));
        clock.Advance(TimeSpan.FromSeconds(9.9));
        await slow.SendAsync("client 3 | opt 99");
        Assert.That(await slow.ReceiveAsync(20), Has.Length.EqualTo(20));
        await slow.ReceiveAsync(33);
        clock.Advance(TimeSpan.FromSeconds(0.2));
        Assert.That(await slow.ReceiveAsync(1), Is.Empty);

        await ready.SendAsync("req 3 0 1 0 0");
        Assert.That(await ready.ReceiveReplyAsync(), Is.EqualTo(1), "a client that has negotiated stays");
    }

    [Test]
    public async Task Clients_beyond_the_limit_wait_until_another_leaves()
    {
        await using TestServer server = await TestServer.StartAsync([new NbdExport("", new MemoryDisk(512))], maxConnections: 2);
        using RawClient first = await RawClient.GoAsync(server);
        using RawClient second = await RawClient.GoAsync(server);
        using var third = new RawClient(await server.ConnectAsync());
        Task<byte[]> greeting = third.ReceiveAsync(18);
        await second.SendAsync("req 3 0 1 0 0");
        await second.ReceiveReplyAsync();
        Assert.That(greeting.IsCompleted, Is.False);
        await first.SendAsync("req 2 0 0 0 0");
        Assert.That(await greeting, Has.Length.EqualTo(18));
        Assert.That(await server.Loop.InvokeAsync(() => Task.FromResult(server.Server.ConnectionCount)), Is.EqualTo(2));
    }

    [Test]
    public async Task Requests_are_answered_as_they_complete()
    {
        var disk = new MemoryDisk(4096);
        disk.SetData(0, 4096, 0x55);
        await using TestServer server = await TestServer.StartAsync(disk);
        using RawClient client = await RawClient.GoAsync(server);
        var held = new TaskCompletionSource();
        await server.OnLoopAsync(() => disk.Gate = () => held.Task);
        await client.SendAsync("req 0 0 1 0 512");
        await client.SendAsync("req 3 0 2 0 0");
        Assert.That(await client.ReceiveReplyAsync(), Is.EqualTo(2));
        held.SetResult();
        Assert.That(await client.ReceiveReplyAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task What_was_under_way_when_the_client_said_goodbye_is_still_answered()
    {
        var disk = new MemoryDisk(4096);
        disk.SetData(0, 4096, 0x55);
        await using TestServer server = await TestServer.StartAsync(disk);
        using RawClient client = await RawClient.GoAsync(server);
        var held = new TaskCompletionSource();
        await server.OnLoopAsync(() => disk.Gate = () => held.Task);
        await client.SendAsync("req 0 0 1 0 512 | req 2 0 2 0 0");
        held.SetResult();
        Assert.That(await client.ReceiveReplyAsync(), Is.EqualTo(1));
        Assert.That(await client.ReceiveAsync(1), Is.Empty);
    }

    [Test]
    public async Task Ending_the_clients_of_an_export_waits_for_their_requests()
    {
        var disk = new MemoryDisk(4096);
        disk.SetData(0, 4096, 0x55);
        var export = new NbdExport("a", disk);
        await using TestServer server = await TestServer.StartAsync([export, new NbdExport("b", new MemoryDisk(512))]);
        using RawClient client = await RawClient.GoAsync(server, "a");
        using RawClient other = await RawClient.GoAsync(server, "b");
        var held = new TaskCompletionSource();
        var started = new TaskCompletionSource();
        await server.OnLoopAsync(() => disk.Gate = () =>
        {
            started.TrySetResult();
            return held.Task;
        });
        await client.SendAsync("req 0 0 1 0 512");
        await started.Task;
        Assert.That(await server.Loop.InvokeAsync(() => Task.FromResult(server.Server.HasClients(export))), Is.True);
        Task ending = server.Loop.InvokeAsync(() => server.Server.EndClientsAsync(export));
        Assert.That(await client.ReceiveAsync(1), Is.Empty);
        Assert.That(ending.IsCompleted, Is.False);
        held.SetResult();
        await ending;
        await other.SendAsync("req 3 0 1 0 0");
        Assert.That(await other.ReceiveReplyAsync(), Is.EqualTo(1), "other exports are not concerned");
    }

    [Test]
    public async Task A_write_through_export_makes_every_write_stable()
    {
        var disk = new MemoryDisk(4096);
        await using TestServer server = await TestServer.StartAsync([new NbdExport("", disk) { Writable = true, WriteThrough = true }]);
        using RawClient client = await RawClient.GoAsync(server);
        await client.SendAsync("req 1 0 1 0 4 str:abcd | req 6 0 2 0 512 | req 6 18 3 0 512");
        for (int i = 1; i <= 3; i++)
        {
            Assert.That(await client.ReceiveReplyAsync(), Is.EqualTo(i));
        }

        Assert.That(disk.Log, Is.EqualTo(
            ["write 0 4 Fua", "write-zeroes 0 512 MayUnmap, Fua", "write-zeroes 0 512 Fua, NoFallback"]));
    }
}
