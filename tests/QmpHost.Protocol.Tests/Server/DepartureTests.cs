using System.Net.Sockets;
using NUnit.Framework;
using QmpHost.Protocol.Chardev;

namespace QmpHost.Protocol.Tests.Server;

/// <summary>Clients that go away, or do not read.</summary>
public sealed class DepartureTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Test]
    public async Task Who_comes_while_the_server_ends_is_not_served()
    {
        await using var host = new TestHost();
        RawClient client = await host.NegotiateAsync();
        await client.SendAsync("{'execute':'wait'}");
        await host.UntilAsync(() => host.Commands.Waiting.Count == 1);
        Task ending = host.Loop.InvokeAsync(() => host.Server.DisposeAsync().AsTask());
        (Socket late, Task served) = await ConnectAsync(host);
        using (late)
        {
            await served.WaitAsync(Patience);
        }

        await host.OnLoopAsync(() => host.Commands.Waiting.Dequeue().SetResult());
        await ending.WaitAsync(Patience);
    }

    [Test]
    public async Task A_command_ends_and_those_that_wait_are_dropped_when_the_client_is_gone([Values] bool oob)
    {
        await using var host = new TestHost();
        (Socket client, Task served) = await ConnectAsync(host);
        string enable = oob ? ",'arguments':{'enable':['oob']}" : string.Empty;
        client.Send(Bytes("{'execute':'qmp_capabilities'" + enable + "}{'execute':'wait'}{'execute':'note','arguments':{'text':'a'}}{'execute':'note','arguments':{'text':'b'}}"));
        await host.UntilAsync(() => host.Commands.Waiting.Count == 1);

        client.Dispose();
        await served.WaitAsync(Patience);
        await host.OnLoopAsync(() => host.Commands.Waiting.Dequeue().SetResult());
        RawClient next = await host.NegotiateAsync();
        await next.SendAsync("{'execute':'note','arguments':{'text':'c'}}");

        Assert.That(await next.ReadLineAsync(), Is.EqualTo("{\"return\": {}}"));
        Assert.That(host.Commands.Notes, Is.EqualTo(["c"]));
        Assert.That(host.Errors, Is.Empty);
    }

    [Test]
    public async Task More_requests_than_may_wait_are_dropped_while_the_command_still_runs([Values] bool oob, [Values] bool halfFirst)
    {
        await using var host = new TestHost();
        (Socket client, Task served) = await ConnectAsync(host);
        string enable = oob ? ",'arguments':{'enable':['oob']}" : string.Empty;
        client.Send(Bytes("{'execute':'qmp_capabilities'" + enable + "}{'execute':'wait'}"
            + string.Concat(Enumerable.Repeat("{'execute':'note','arguments':{'text':'a'}}", halfFirst ? 5 : 20))));
        await host.UntilAsync(() => host.Commands.Waiting.Count == 1);

        if (halfFirst)
        {
            client.Shutdown(SocketShutdown.Send);
        }

        client.Dispose();
        await served.WaitAsync(Patience);
        Assert.That(host.Commands.Waiting, Has.Count.EqualTo(1), "the command still runs");
        await host.OnLoopAsync(() => host.Commands.Waiting.Dequeue().SetResult());
        RawClient next = await host.NegotiateAsync();
        await next.SendAsync("{'execute':'note','arguments':{'text':'c'}}");

        Assert.That(await next.ReadLineAsync(), Is.EqualTo("{\"return\": {}}"));
        Assert.That(host.Commands.Notes, Is.EqualTo(["c"]));
    }

    [Test]
    public async Task A_client_that_leaves_while_others_are_served_has_nothing_done()
    {
        await using var host = new TestHost();
        RawClient other = await host.NegotiateAsync();
        await other.SendAsync("{'execute':'wait'}");
        await host.UntilAsync(() => host.Commands.Waiting.Count == 1);
        (Socket client, Task served) = await ConnectAsync(host);
        client.Send(Bytes("{'execute':'qmp_capabilities'}" + string.Concat(Enumerable.Repeat("{'execute':'note','arguments':{'text':'a'}}", 20))));
        await host.UntilAsync(() => host.Server.Sessions[1].WaitingCount == 8);

        client.Dispose();
        await host.OnLoopAsync(() => host.Commands.Waiting.Dequeue().SetResult());
        await served.WaitAsync(Patience);

        Assert.That(await other.ReadLineAsync(), Is.EqualTo("{\"return\": {}}"));
        Assert.That(host.Commands.Notes, Is.Empty);
    }

    [Test]
    public async Task A_client_that_closes_its_half_gets_all_answers()
    {
        await using var host = new TestHost();
        (Socket client, Task served) = await ConnectAsync(host);
        client.Send(Bytes("{'execute':'qmp_capabilities'}{'execute':'wait'}" + string.Concat(Enumerable.Repeat("{'execute':'query-name'}", 20))));
        client.Shutdown(SocketShutdown.Send);
        await host.UntilAsync(() => host.Commands.Waiting.Count == 1);
        await host.OnLoopAsync(() => host.Commands.Waiting.Dequeue().SetResult());
        await served.WaitAsync(Patience);

        string[] lines = ReadToEnd(client).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines[1..], Has.Length.EqualTo(22).And.All.EqualTo("{\"return\": {}}"));
    }

    [Test]
    public async Task A_client_that_does_not_read_holds_up_only_its_own_commands()
    {
        await using var host = new TestHost();
        RawClient slow = await host.NegotiateAsync();
        RawClient other = await host.NegotiateAsync();
        const string fill = "{'execute':'fill','arguments':{'length':200000}}";

        // Far more than fits: a hundred replies of 200 kB each.
        Task sending = slow.SendAsync(string.Concat(Enumerable.Repeat(fill, 100)));
        await host.UntilAsync(() => host.Server.Sessions[0].OutputBacklog > 1024 * 1024);
        for (int i = 0; i < 10; i++)
        {
            await other.SendAsync("{'execute':'query-name'}");
            Assert.That(await other.ReadLineAsync(), Is.EqualTo("{\"return\": {}}"));
            Assert.That(host.Server.Sessions[0].OutputBacklog, Is.LessThan(2 * 1024 * 1024));
        }

        int before = host.Commands.Begun.Count(n => n == "fill");
        Assert.That(before, Is.LessThan(20));
        foreach (string line in await slow.ReadLinesAsync(100))
        {
            Assert.That(line, Has.Length.EqualTo(200000 + "{\"return\": \"\"}".Length));
        }

        await sending;
    }

    [Test]
    public async Task A_client_that_never_reads_events_loses_the_connection_before_memory_runs_out()
    {
        await using var host = new TestHost();
        RawClient slow = await host.NegotiateAsync();
        string megabyte = new('x', 1024 * 1024);

        long most = 0;
        for (int i = 0; i < 100 && host.Server.Sessions.Count > 0; i++)
        {
            await host.OnLoopAsync(() =>
            {
                host.Server.Emit(new TestEvent("TEST", "text", megabyte));
                most = Math.Max(most, host.Server.Sessions.Sum(s => s.OutputBacklog));
            });
        }

        await slow.Served;
        Assert.That(most, Is.GreaterThan(32 * 1024 * 1024).And.LessThan(80 * 1024 * 1024));
    }

    [Test]
    public async Task A_host_that_ends_says_goodbye()
    {
        await using var host = new TestHost();
        RawClient client = await host.NegotiateAsync();
        Task<string> reading = client.ReadToEndAsync();

        await host.OnLoopAsync(() => host.Server.Emit(new TestEvent("SHUTDOWN")));
        await host.Loop.InvokeAsync(async () => await host.Server.DisposeAsync());

        Assert.That(await reading, Does.Contain("SHUTDOWN").And.EndsWith("\r\n"));
    }

    private static byte[] Bytes(string text) => System.Text.Encoding.ASCII.GetBytes(text);

    private static string ReadToEnd(Socket socket)
    {
        var text = new System.Text.StringBuilder();
        var buffer = new byte[65536];
        for (int length; (length = socket.Receive(buffer)) > 0;)
        {
            text.Append(System.Text.Encoding.ASCII.GetString(buffer, 0, length));
        }

        return text.ToString();
    }

    private static async Task<(Socket Client, Task Served)> ConnectAsync(TestHost host)
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint($"\0qmphost-test-{Guid.NewGuid()}"));
        listener.Listen();
        var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(listener.LocalEndPoint!);
        var connection = new SocketConnection(await listener.AcceptAsync());
        return (client, ServeAsync());

        async Task ServeAsync()
        {
            await host.Server.ServeAsync(connection);
            await connection.DisposeAsync();
        }
    }
}
