using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using NUnit.Framework;
using QmpHost.Net.Tls;
using QmpHost.Protocol.Chardev;

namespace QmpHost.Protocol.Tests.Chardev;

/// <summary>What is spoken over sockets: the platform's own clients for WebSocket and TLS judge it.</summary>
public sealed class SocketProtocolsTests
{
    private const string Request =
        "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
        + "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Protocol: binary\r\nSec-WebSocket-Version: 13\r\n\r\n";

    private static readonly CancellationToken Patience = new CancellationTokenSource(TimeSpan.FromMinutes(2)).Token;

    [Test]
    public async Task A_WebSocket_client_talks_in_binary_frames()
    {
        await using CharacterDevice device = await ServeEchoAsync("websocket=on");
        using var client = new ClientWebSocket();
        client.Options.AddSubProtocol("binary");
        await client.ConnectAsync(new Uri($"ws://127.0.0.1:{PortOf(device)}/"), Patience);

        await client.SendAsync("he"u8.ToArray(), WebSocketMessageType.Binary, endOfMessage: false, Patience);
        await client.SendAsync("llo"u8.ToArray(), WebSocketMessageType.Binary, endOfMessage: true, Patience);

        byte[] answer = new byte[5];
        for (int length = 0; length < answer.Length;)
        {
            length += (await client.ReceiveAsync(answer.AsMemory(length), Patience)).Count;
        }

        Assert.That(Encoding.ASCII.GetString(answer), Is.EqualTo("hello"));
        Assert.That(client.SubProtocol, Is.EqualTo("binary"));
        Assert.That(device.Filename, Does.StartWith("websocket:127.0.0.1:").And.Contain(",server=on <-> 127.0.0.1:"));
    }

    [Test]
    public async Task A_text_frame_ends_the_conversation_and_the_next_client_is_served()
    {
        await using CharacterDevice device = await ServeEchoAsync("websocket=on");
        using (ClientWebSocket first = await ConnectAsync(device))
        {
            await first.SendAsync("text"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, Patience);
            await first.ReceiveAsync(new byte[16].AsMemory(), Patience);

            Assert.That(first.CloseStatus, Is.EqualTo(WebSocketCloseStatus.InvalidMessageType));
            Assert.That(first.CloseStatusDescription, Is.EqualTo("only binary, close, ping, and pong frames are supported"));
        }

        using ClientWebSocket second = await ConnectAsync(device);
        await second.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Patience);
        await second.ReceiveAsync(new byte[16].AsMemory(), Patience);

        Assert.That(second.CloseStatusDescription, Is.EqualTo("peer requested close"));
    }

    [TestCase("hello\r\n\r\n", "400 Bad Request")]
    [TestCase("GET /abc HTTP/1.1\r\n\r\n", "404 Not Found")]
    [TestCase("GET / HTTP/1.1\r\nHost x\r\n\r\n", "400 Bad Request")]
    [TestCase("Host: x\r\n|", "400 Bad Request")]
    [TestCase("binary|chat", "400 Bad Request")]
    [TestCase("13\r|12\r", "400 Bad Request")]
    [TestCase("MDEy|", "400 Bad Request")]
    [TestCase("GET|POST", "400 Bad Request")]
    [TestCase("Sec-WebSocket-Protocol: binary\r\n|", "101 Switching Protocols")]
    [TestCase("|", "101 Switching Protocols")]
    public async Task A_WebSocket_handshake_is_answered_as_QEMU_answers_it(string change, string status)
    {
        string request = change.IndexOf('|', StringComparison.Ordinal) is > 0 and int bar ? Request.Replace(change[..bar], change[(bar + 1)..], StringComparison.Ordinal)
            : change == "|" ? Request : change;
        await using CharacterDevice device = await ServeEchoAsync("websocket=on");
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, PortOf(device), Patience);
        NetworkStream stream = client.GetStream();

        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), Patience);
        using var reader = new StreamReader(stream, Encoding.ASCII);

        Assert.That(await reader.ReadLineAsync(Patience), Is.EqualTo($"HTTP/1.1 {status}"));
        Assert.That(await reader.ReadLineAsync(Patience), Is.EqualTo("Server: QEMU VNC"));
    }

    [Test]
    public async Task An_endless_request_is_refused()
    {
        await using CharacterDevice device = await ServeEchoAsync("websocket=on");
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, PortOf(device), Patience);
        NetworkStream stream = client.GetStream();

        await stream.WriteAsync(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nX: " + new string('a', 4096 - 19)), Patience);
        using var reader = new StreamReader(stream, Encoding.ASCII);

        Assert.That(await reader.ReadLineAsync(Patience), Is.EqualTo("HTTP/1.1 403 Request Entity Too Large"));
    }

    [Test]
    public async Task A_device_with_credentials_speaks_TLS_and_outlives_a_peer_that_does_not()
    {
        using var certificate = MakeCertificate();
        CharacterDeviceEnvironment environment = CharacterDevices.Environment() with { TlsObjects = new Credentials(certificate) };
        await using CharacterDevice device = await ServeEchoAsync("tls-creds=creds", environment);
        using (TcpClient plain = new())
        {
            await plain.ConnectAsync(IPAddress.Loopback, PortOf(device), Patience);
            await plain.GetStream().WriteAsync("this is no handshake at all\n"u8.ToArray(), Patience);
        }

        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, PortOf(device), Patience);
        await using var session = new SslStream(client.GetStream());
        await session.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback = (_, shown, _, _) => shown!.Equals(certificate) },
            Patience);
        await session.WriteAsync("hello"u8.ToArray(), Patience);
        byte[] answer = new byte[5];
        await session.ReadExactlyAsync(answer, Patience);

        Assert.That(Encoding.ASCII.GetString(answer), Is.EqualTo("hello"));
    }

    [Test]
    public async Task A_terminal_of_type_3270_keeps_the_ends_of_its_records()
    {
        await using CharacterDevice device = await ServeEchoAsync("tn3270=on");
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, PortOf(device), Patience);
        NetworkStream stream = client.GetStream();
        byte[] greeting = new byte[21];
        await stream.ReadExactlyAsync(greeting, Patience);

        // The terminal's type, an option, and two records, the second of which ends in two pieces.
        byte[] said = [0xff, 0xfa, 0x18, 0, (byte)'I', (byte)'B', (byte)'M', 0xff, 0xf0, 0xff, 0xfb, 0x19, (byte)'a', 0xff, 0xef, (byte)'b', 0xff];
        await stream.WriteAsync(said, Patience);
        byte[] answer = new byte[6];
        await stream.ReadExactlyAsync(answer.AsMemory(0, 4), Patience);
        await stream.WriteAsync(new byte[] { 0xef }, Patience);
        await stream.ReadExactlyAsync(answer.AsMemory(4, 2), Patience);

        Assert.That(Convert.ToHexString(greeting), Is.EqualTo("FFFD19FFFB19FFFD00FFFB00FFFD18FFFA1801FFF0"));
        Assert.That(answer, Is.EqualTo(new byte[] { (byte)'a', 0xff, 0xef, (byte)'b', 0xff, 0xef }));
    }

    private static async Task<CharacterDevice> ServeEchoAsync(string options, CharacterDeviceEnvironment? environment = null)
    {
        CharacterDevice device = await CharacterDevices.OpenAsync($"backend=socket,host=127.0.0.1,port=0,server=on,wait=off,{options}", environment);
        device.Serve(EchoAsync);
        return device;
    }

    private static async Task EchoAsync(CharacterConnection connection)
    {
        try
        {
            await connection.Input.CopyToAsync(connection.Output);
        }
        catch (IOException)
        {
            // Clients of these tests go without a word, which the protocols above a socket take for an attack; the device may see it before it ends.
        }
    }

    private static async Task<ClientWebSocket> ConnectAsync(CharacterDevice device)
    {
        var client = new ClientWebSocket();
        await client.ConnectAsync(new Uri($"ws://127.0.0.1:{PortOf(device)}/"), Patience);
        return client;
    }

    private static int PortOf(CharacterDevice device) => ((IPEndPoint)((SocketServerDevice)device).LocalEndPoint!).Port;

    private static X509Certificate2 MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private sealed class Credentials(X509Certificate2 certificate) : TlsCredentials(TlsEndpoint.Server, verifyPeer: false), ITlsObjects
    {
        public override SslServerAuthenticationOptions CreateServerOptions() => new() { ServerCertificate = certificate };

        public override SslClientAuthenticationOptions CreateClientOptions(string? hostName) => throw new NotSupportedException();

        public override string? FindFault(X509Certificate2? peer, X509Certificate2Collection others, string? hostName) => null;

        public bool TryFindCredentials(string id, out TlsCredentials? credentials)
        {
            credentials = this;
            return true;
        }

        public bool TryFindAuthorization(string id, out ITlsAuthorization? authorization)
        {
            authorization = null;
            return false;
        }
    }
}
