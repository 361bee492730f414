using System.Net.Sockets;
using QmpHost.Nbd.Tests.Wire;

namespace QmpHost.Nbd.Tests.Support;

/// <summary>A client that sends what it likes.</summary>
internal sealed class RawClient(Socket socket) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public Socket Socket { get; } = socket;

    /// <summary>Connects and, with structured replies, chooses an export.</summary>
    public static Task<RawClient> GoAsync(TestServer server, string export = "") => GoAsync(server.ConnectAsync, export);

    /// <summary>Connects and, with structured replies, chooses an export.</summary>
    public static async Task<RawClient> GoAsync(Func<Task<Socket>> connect, string export = "")
    {
        var client = new RawClient(await connect());
        await client.ReceiveAsync(18);
        await client.SendAsync("client 3 | opt 8");
        await client.ReceiveAsync(20);
        await client.SendAsync($"opt 7 name:{export} 16:0");
        while (true)
        {
            byte[] header = await client.ReceiveAsync(20);
            await client.ReceiveAsync(header[19]);
            if (header[15] == 1)
            {
                return client;
            }
        }
    }

    public Task SendAsync(string line) => SendAsync(WireBytes.Parse(line));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await Socket.SendAsync(bytes)..];
        }
    }

    /// <summary>Receives exactly so many bytes; fewer at the end of the stream.</summary>
    public async Task<byte[]> ReceiveAsync(int count)
    {
        byte[] bytes = new byte[count];
        int received = 0;
        using var timeout = new CancellationTokenSource(Patience);
        try
        {
            while (received < count)
            {
                int part = await Socket.ReceiveAsync(bytes.AsMemory(received), timeout.Token);
                if (part == 0)
                {
                    break;
                }

                received += part;
            }
        }
        catch (SocketException)
        {
            // Closed with unread data.
        }

        return bytes[..received];
    }

    /// <summary>The handle of the next reply, whose payload is skipped.</summary>
    public async Task<int> ReceiveReplyAsync()
    {
        byte[] header = await ReceiveAsync(16);
        Assert.That(header, Has.Length.EqualTo(16), "the server closed");
        if (header[0] == 0x66)
        {
            byte[] length = await ReceiveAsync(4);
            await ReceiveAsync(System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(length));
        }

        return header[15];
    }

    public void Dispose() => Socket.Dispose();
}
