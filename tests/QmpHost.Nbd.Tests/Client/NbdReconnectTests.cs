using Microsoft.Extensions.Time.Testing;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Nbd.Tests.Support;
using QmpHost.Qapi;

namespace QmpHost.Nbd.Tests.Client;

[TestFixture]
public class NbdReconnectTests
{
    private const string Greeting = "raw 64:0x4e42444d41474943 64:0x49484156454F5054 16:3";
    private const string Info = "3 16:0 64:1048576 16:1 | 1";

    [Test]
    public async Task Without_a_delay_a_lost_request_fails_and_a_later_one_finds_the_server_again()
    {
        using var server = new FakeServer();
        await using var host = new TestHost();
        Task<RawClient> first = GreetAsync(server);
        await host.AddNodeAsync(Node(server, ""));
        using RawClient peer = await first;
        await NbdDriverTests.WithBackendAsync(host, "n", async backend =>
        {
            Task read = backend.ReadAsync(0, new byte[512]).AsTask();
            await peer.ReceiveAsync(28);
            peer.Dispose();
            await NbdDriverTests.FailsAsync(Errno.EIO, () => new ValueTask(read));

            // This request starts the search, and does not wait for its end.
            Task<RawClient> second = GreetAsync(server);
            await NbdDriverTests.FailsAsync(Errno.EIO, () => backend.ReadAsync(0, new byte[512]));
            RawClient next = await second;
            await ReadUntilServedAsync(backend, next);
            Serve(next);
        });
    }

    [Test]
    public async Task With_a_delay_requests_wait_for_the_server()
    {
        var clock = new FakeTimeProvider();
        using var server = new FakeServer();
        await using var host = new TestHost(clock);
        Task<RawClient> first = GreetAsync(server);
        await host.AddNodeAsync(Node(server, """, "reconnect-delay": 10"""));
        using RawClient peer = await first;
        await NbdDriverTests.WithBackendAsync(host, "n", async backend =>
        {
            byte[] buffer = new byte[512];
            Task read = backend.ReadAsync(0, buffer).AsTask();
            await peer.ReceiveAsync(28);
            Task<RawClient> second = GreetAsync(server);
            peer.Dispose();
            RawClient next = await second;
            byte[] again = await next.ReceiveAsync(28);
            Assert.That(again[7], Is.Zero, "the read is sent again");
            await AnswerReadAsync(next, again, 0x42);
            await read;
            Assert.That(buffer.AsSpan().ContainsAnyExcept((byte)0x42), Is.False);
            Serve(next);
        });
    }

    [Test]
    public async Task A_server_that_accepts_and_says_nothing_is_waited_for_as_long_as_opening_may_take()
    {
        var clock = new FakeTimeProvider();
        using var server = new FakeServer();
        await using var host = new TestHost(clock);
        Task opening = host.AddNodeAsync(Node(server, """, "open-timeout": 2"""));
        using RawClient peer = await server.NegotiateAsync("raw str:");
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.That(() => opening, Throws.TypeOf<QmpException>().With.Message.EqualTo("Connection attempt cancelled by timeout"));
    }

    [Test]
    public async Task A_server_that_comes_back_and_says_nothing_does_not_keep_the_node_from_closing()
    {
        using var server = new FakeServer();
        await using var host = new TestHost();
        Task<RawClient> first = GreetAsync(server);
        await host.AddNodeAsync(Node(server, ""));
        (await first).Dispose();
        await NbdDriverTests.WithBackendAsync(host, "n", async backend =>
        {
            // The first may find the connection still there, and be lost with it; the second starts the search.
            await NbdDriverTests.FailsAsync(Errno.EIO, () => backend.ReadAsync(0, new byte[512]));
            await NbdDriverTests.FailsAsync(Errno.EIO, () => backend.ReadAsync(0, new byte[512]));
        });
        using RawClient silent = await server.NegotiateAsync("raw str:");
        await host.Run(async () => await host.Layer.Graph.DeleteMonitorNodeAsync("n"));
    }

    [Test]
    public async Task The_wait_for_the_server_has_an_end()
    {
        var clock = new FakeTimeProvider();
        using var server = new FakeServer();
        await using var host = new TestHost(clock);
        Task<RawClient> first = GreetAsync(server);
        await host.AddNodeAsync(Node(server, """, "reconnect-delay": 10"""));
        using RawClient peer = await first;
        server.StopListening();
        await NbdDriverTests.WithBackendAsync(host, "n", async backend =>
        {
            Task read = backend.ReadAsync(0, new byte[512]).AsTask();
            await peer.ReceiveAsync(28);
            peer.Dispose();
            await Task.Run(async () =>
            {
                while (!read.IsCompleted)
                {
                    clock.Advance(TimeSpan.FromSeconds(1));
                    await Task.Yield();
                }
            });
            await NbdDriverTests.FailsAsync(Errno.EIO, () => new ValueTask(read));
            await NbdDriverTests.FailsAsync(Errno.EIO, () => backend.ReadAsync(0, new byte[512]));
        });
    }

    [Test]
    public async Task Opening_can_be_patient()
    {
        var clock = new PauseClock();
        using var server = new FakeServer();
        server.StopListening();
        await using var host = new TestHost(clock);
        Task adding = host.AddNodeAsync(Node(server, """, "open-timeout": 5"""));

        // Time goes on when an attempt has failed, not in the middle of one: that would be cut off, and said so.
        for (int pauses = 0; !adding.IsCompleted; await Task.Yield())
        {
            if (clock.Pauses > pauses)
            {
                clock.Advance(TimeSpan.FromSeconds(1 << pauses++));
            }
        }

        Assert.That(async () => await adding, Throws.TypeOf<QmpException>().With.Message.StartsWith("Failed to connect to "));
    }

    [Test]
    public async Task A_server_that_talks_nonsense_is_left()
    {
        using var server = new FakeServer();
        await using var host = new TestHost();
        Task<RawClient> first = GreetAsync(server);
        await host.AddNodeAsync(Node(server, ""));
        using RawClient peer = await first;
        await NbdDriverTests.WithBackendAsync(host, "n", async backend =>
        {
            Task read = backend.ReadAsync(0, new byte[512]).AsTask();
            Task write = backend.WriteAsync(0, new byte[512]).AsTask();
            await peer.ReceiveAsync(28);
            await peer.SendAsync("raw fill:55*16");
            await NbdDriverTests.FailsAsync(Errno.EIO, () => new ValueTask(read));
            await NbdDriverTests.FailsAsync(Errno.EIO, () => new ValueTask(write));
        });
    }

    private static Task<RawClient> GreetAsync(FakeServer server) => server.NegotiateAsync(Greeting, "1", "1", Info);

    private static async Task ReadUntilServedAsync(BlockBackend backend, RawClient next)
    {
        Task asked = Task.Run(() => next.Socket.Poll(Timeout.InfiniteTimeSpan, System.Net.Sockets.SelectMode.SelectRead));
        while (true)
        {
            Task read = backend.ReadAsync(0, new byte[512]).AsTask();
            await Task.WhenAny(read, asked);
            if (!read.IsFaulted)
            {
                await AnswerReadAsync(next, await next.ReceiveAsync(28), 1);
                await read;
                return;
            }
        }
    }

    private static async Task AnswerReadAsync(RawClient peer, byte[] request, byte value)
    {
        byte[] reply = [0x66, 0x8e, 0x33, 0xef, 0, 1, 0, 1, .. request[8..16], 0, 0, 2, 8, .. request[16..24]];
        await peer.SendAsync(reply);
        await peer.SendAsync(Enumerable.Repeat(value, 512).ToArray());
    }

    /// <summary>Answers whatever comes, in the background, so that the node can be closed.</summary>
    private static void Serve(RawClient peer) => _ = Task.Run(async () =>
    {
        while (await peer.ReceiveAsync(28) is { Length: 28 } request && request[7] != 2)
        {
            byte[] reply = [0x67, 0x44, 0x66, 0x98, 0, 0, 0, 0, .. request[8..16]];
            await peer.SendAsync(reply);
        }

        peer.Dispose();
    });

    private static string Node(FakeServer server, string more)
        => $$"""{"driver": "nbd", "node-name": "n", "server": {"type": "unix", "path": "{{server.Path}}"}, "export": "a"{{more}}}""";

    /// <summary>Counts the pauses between attempts; the first timer is that of the whole opening.</summary>
    private sealed class PauseClock : FakeTimeProvider
    {
        private int _timers;

        public int Pauses => Volatile.Read(ref _timers) - 1;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            ITimer timer = base.CreateTimer(callback, state, dueTime, period);
            Interlocked.Increment(ref _timers);
            return timer;
        }
    }
}
