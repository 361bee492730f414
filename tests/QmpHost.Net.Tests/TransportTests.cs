using System.Net.Sockets;
using QmpHost.Net.Transports;
using QmpHost.Testing.Support;

namespace QmpHost.Net.Tests;

[TestFixture(false)]
[TestFixture(true)]
public class TransportTests(bool isPortable)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Test]
    public async Task No_message_is_overlooked()
    {
        const int Rounds = 20_000;
        (ITransport left, ITransport right) = await ConnectAsync();
        using (left)
        using (right)
        {
            Task echo = Task.Run(async () =>
            {
                byte[] buffer = new byte[1];
                while (await right.ReceiveAsync(buffer) > 0)
                {
                    await right.SendAsync(buffer);
                }
            });
            byte[] ball = [1];
            for (int i = 0; i < Rounds; i++)
            {
                await left.SendAsync(ball);
                Assert.That(await left.ReceiveAsync(ball).AsTask().WaitAsync(Patience), Is.EqualTo(1), $"round {i}");
            }

            left.Shutdown();
            await echo.WaitAsync(Patience);
        }
    }

    [Test]
    public async Task What_arrives_while_nobody_reads_is_found_and_so_is_what_follows()
    {
        const int Rounds = 2_000;
        (ITransport left, ITransport right) = await ConnectAsync();
        using (left)
        using (right)
        {
            byte[] received = new byte[1];
            for (int i = 0; i < Rounds; i++)
            {
                // Up to so many events of which the reader wants to hear nothing.
                int unread = i % 5;
                for (int k = 0; k < unread; k++)
                {
                    await left.SendAsync((byte[])[1]);
                }

                for (int k = 0; k < unread; k++)
                {
                    Assert.That(await right.ReceiveAsync(received), Is.EqualTo(1));
                }

                Task<int> receiving = right.ReceiveAsync(received).AsTask();
                await left.SendAsync((byte[])[2]);
                Assert.That(await receiving.WaitAsync(Patience), Is.EqualTo(1), $"round {i}");
                Assert.That(received[0], Is.EqualTo(2));
            }
        }
    }

    [Test]
    public async Task A_peer_that_leaves_while_nobody_reads_is_noticed()
    {
        (ITransport left, ITransport right) = await ConnectAsync();
        using (right)
        {
            using (left)
            {
                for (int i = 0; i < 10; i++)
                {
                    await left.SendAsync((byte[])[1]);
                }
            }

            byte[] received = new byte[16];
            Assert.That(await new TransportReader(right).ReadAsync(received.AsMemory(0, 10)), Is.True);
            Assert.That(await right.ReceiveAsync(received).AsTask().WaitAsync(Patience), Is.Zero);
        }
    }

    [Test]
    public async Task What_is_longer_than_the_systems_buffers_arrives_whole()
    {
        (ITransport left, ITransport right) = await ConnectAsync();
        using (left)
        using (right)
        {
            byte[] sent = new byte[8 * 1024 * 1024];
            new Random(3).NextBytes(sent);
            Task sending = left.SendAsync(sent).AsTask();
            byte[] received = new byte[sent.Length];
            Assert.That(await new TransportReader(right).ReadAsync(received), Is.True);
            await sending;
            Assert.That(received.AsSpan().SequenceEqual(sent), Is.True);
        }
    }

    [Test]
    public async Task A_shutdown_ends_a_receive_that_waits()
    {
        (ITransport left, ITransport right) = await ConnectAsync();
        using (left)
        using (right)
        {
            Task<int> receiving = left.ReceiveAsync(new byte[1]).AsTask();
            left.Shutdown();
            Assert.That(await receiving.WaitAsync(Patience), Is.Zero);
        }
    }

    [Test]
    public async Task A_shutdown_ends_a_send_that_waits()
    {
        (ITransport left, ITransport right) = await ConnectAsync();
        using (left)
        using (right)
        {
            Task sending = left.SendAsync(new byte[8 * 1024 * 1024]).AsTask();
            Assert.That(sending.IsCompleted, Is.False);
            left.Shutdown();
            Assert.That(async () => await sending.WaitAsync(Patience), Throws.InstanceOf<IOException>());
        }
    }

    [Test]
    public async Task A_send_that_waits_ends_with_the_peer()
    {
        (ITransport left, ITransport right) = await ConnectAsync();
        using (left)
        {
            Task sending = left.SendAsync(new byte[8 * 1024 * 1024]).AsTask();
            right.Dispose();
            Assert.That(async () => await sending.WaitAsync(Patience), Throws.InstanceOf<IOException>());
        }
    }

    [Test]
    public async Task Both_directions_may_wait_at_once()
    {
        (ITransport left, ITransport right) = await ConnectAsync();
        using (left)
        using (right)
        {
            byte[] sent = new byte[2 * 1024 * 1024];
            new Random(4).NextBytes(sent);
            for (int round = 0; round < 20; round++)
            {
                byte[] atLeft = new byte[sent.Length];
                byte[] atRight = new byte[sent.Length];
                await Task.WhenAll(
                    left.SendAsync(sent).AsTask(),
                    right.SendAsync(sent).AsTask(),
                    new TransportReader(left).ReadAsync(atLeft).AsTask(),
                    new TransportReader(right).ReadAsync(atRight).AsTask()).WaitAsync(Patience);
                Assert.That(atLeft.AsSpan().SequenceEqual(sent) && atRight.AsSpan().SequenceEqual(sent), Is.True);
            }
        }
    }

    private async Task<(ITransport Left, ITransport Right)> ConnectAsync()
    {
        using var folder = new TestFolder();
        var endPoint = new UnixDomainSocketEndPoint(folder.File("s"));
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(endPoint);
        listener.Listen(1);
        var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(endPoint);
        return (TransportFactory.Open(client, isPortable), TransportFactory.Open(await listener.AcceptAsync(), isPortable));
    }
}
