using System.Buffers.Binary;
using System.Net.Sockets;
using QmpHost.Nbd.Tests.Wire;
using QmpHost.Testing.Support;

namespace QmpHost.Nbd.Tests.Support;

/// <summary>A server that says what a test tells it to, to one client after the other.</summary>
internal sealed class FakeServer : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly Socket _listener;

    public FakeServer()
    {
        _listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _listener.Bind(new UnixDomainSocketEndPoint(Path));
        _listener.Listen(10);
    }

    public string Path => _folder.File("fake.sock");

    /// <summary>
    /// Greets a client and answers its options in turn. An answer is a list of "TYPE [tokens]" separated by |, or begins with
    /// "raw" and is sent as it is.
    /// </summary>
    public async Task<RawClient> NegotiateAsync(string greeting, params string[] answers)
    {
        var client = new RawClient(await _listener.AcceptAsync());
        await client.SendAsync(greeting);
        if (answers.Length > 0)
        {
            await client.ReceiveAsync(4);
        }

        foreach (string answer in answers)
        {
            byte[] header = await client.ReceiveAsync(16);
            if (header.Length < 16)
            {
                break;
            }

            uint option = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(8));
            await client.ReceiveAsync(BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(12)));
            await client.SendAsync(Compose(option, answer));
        }

        return client;
    }

    /// <summary>Leaves clients without anybody to talk to.</summary>
    public void StopListening()
    {
        _listener.Dispose();
        File.Delete(Path);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _folder.Dispose();
    }

    private static byte[] Compose(uint option, string answer)
    {
        if (answer.StartsWith("raw", StringComparison.Ordinal))
        {
            return WireBytes.Parse(answer.Replace("OPTION", $"32:{option}", StringComparison.Ordinal));
        }

        List<byte> bytes = [];
        foreach (string part in answer.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] words = part.Split(' ', 2);
            byte[] payload = words.Length == 1 ? [] : WireBytes.Parse("raw " + words[1]);
            bytes.AddRange(WireBytes.Parse($"raw 64:0x3e889045565a9 32:{option} 32:{words[0]} 32:{payload.Length}"));
            bytes.AddRange(payload);
        }

        return [.. bytes];
    }
}
