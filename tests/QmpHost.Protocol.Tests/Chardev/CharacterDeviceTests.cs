using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using QmpHost.Client;
using QmpHost.Protocol.Chardev;
using QmpHost.Protocol.Tests.Server;
using QmpHost.Qapi;

namespace QmpHost.Protocol.Tests.Chardev;

/// <summary>Monitors on real sockets, files and pipes.</summary>
public sealed class CharacterDeviceTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private string _directory = string.Empty;

    private string SocketPath => Path.Combine(_directory, "qmp.sock");

    [SetUp]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("qmphost-").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, recursive: true);

    [Test]
    public async Task A_unix_socket_serves_one_client_after_another()
    {
        await using var host = new TestHost();
        await using CharacterDevice device = await ServeAsync(host, $"backend=socket,path={SocketPath},server=on,wait=off");
        QmpClient first = await QmpClient.ConnectUnixAsync(SocketPath);
        Task<QmpClient> second = QmpClient.ConnectUnixAsync(SocketPath, new QmpClientOptions { Negotiate = false });

        await first.NegotiateAsync();
        await first.ExecuteAsync("query-name");
        Assert.That(second.IsCompleted, Is.False, "the second client waits");
        await first.DisposeAsync();
        await using QmpClient client = await second.WaitAsync(Patience);

        // Negotiation is each client's own.
        Assert.That(() => client.ExecuteAsync("query-name"), Throws.TypeOf<QmpException>().With.Property("ErrorClass").EqualTo(QmpErrorClass.CommandNotFound));
    }

    [Test]
    public async Task The_socket_file_lives_as_long_as_the_device()
    {
        File.WriteAllText(SocketPath, "left by somebody");
        CharacterDevice device = await CharacterDevices.OpenAsync($"backend=socket,path={SocketPath},server=on,wait=off");
        Assert.That(File.Exists(SocketPath));

        await device.DisposeAsync();

        Assert.That(File.Exists(SocketPath), Is.False);
    }

    [Test]
    public async Task Opening_can_wait_for_the_first_client()
    {
        var told = new TaskCompletionSource<string>();
        CharacterDeviceEnvironment environment = CharacterDevices.Environment() with { Inform = told.SetResult };
        CharacterDevice device = CharacterDevices.Create($"backend=socket,path={SocketPath},server=on", environment);
        await using var host = new TestHost();

        Task opening = device.OpenAsync();
        Assert.That(await told.Task.WaitAsync(Patience), Is.EqualTo($"QEMU waiting for connection on: disconnected:unix:{SocketPath},server=on"));
        Assert.That(opening.IsCompleted, Is.False);
        Task<QmpClient> connecting = QmpClient.ConnectUnixAsync(SocketPath);
        await opening.WaitAsync(Patience);
        device.Serve(c => host.Server.ServeAsync(c));
        await using QmpClient client = await connecting.WaitAsync(Patience);

        await client.NegotiateAsync();
        await device.DisposeAsync();
    }

    [TestCase("127.0.0.1")]
    [TestCase("::1")]
    public async Task Tcp_serves(string address)
    {
        if (address == "::1" && !Socket.OSSupportsIPv6)
        {
            Assert.Ignore("This machine has no IPv6.");
        }

        await using var host = new TestHost();
        await using CharacterDevice device = await ServeAsync(host, $"backend=socket,host={address},port=0,server=on,wait=off,nodelay=on");
        int port = ((IPEndPoint)((SocketServerDevice)device).LocalEndPoint!).Port;
        await using QmpClient client = await QmpClient.ConnectTcpAsync(address, port);

        await client.NegotiateAsync();
        Assert.That(await client.ExecuteAsync("query-name"), Is.TypeOf<QDict>());
    }

    [Test]
    public async Task A_connecting_device_connects_again()
    {
        var clock = new FakeTimeProvider();
        await using var host = new TestHost();
        CharacterDeviceEnvironment environment = CharacterDevices.Environment() with { TimeProvider = clock };
        await using CharacterDevice device = CharacterDevices.Create($"backend=socket,path={SocketPath},reconnect=5", environment);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        listener.Listen();
        await device.OpenAsync();
        device.Serve(c => host.Server.ServeAsync(c));

        for (int i = 0; i < 3; i++)
        {
            Task<Socket> accepting = listener.AcceptAsync();
            while (!accepting.IsCompleted)
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                await Task.Yield();
            }

            await using QmpClient client = await QmpClient.AttachAsync(new NetworkStream(await accepting, ownsSocket: true)).WaitAsync(Patience);
            await client.NegotiateAsync();
        }
    }

    [Test]
    public async Task Standard_streams_end_the_input_but_not_the_session()
    {
        using var output = new MemoryStream();
        var environment = new CharacterDeviceEnvironment
        {
            OpenStandardInput = () => new MemoryStream(Encoding.UTF8.GetBytes("{'execute':'qmp_capabilities'}")),
            OpenStandardOutput = () => output,
        };
        await using var host = new TestHost(new FakeTimeProvider(DateTimeOffset.UnixEpoch));
        CharacterDevice device = await CharacterDevices.OpenAsync("backend=stdio", environment);
        device.Serve(c => host.Server.ServeAsync(c));

        await host.UntilAsync(() => host.Server.Sessions.Any(s => s.IsNegotiated));
        await host.OnLoopAsync(() => host.Server.Emit(new TestEvent("STOP")));
        await host.Loop.InvokeAsync(async () => await host.Server.DisposeAsync());
        await device.DisposeAsync();

        Assert.That(Encoding.UTF8.GetString(output.ToArray()).Split("\r\n")[1..], Is.EqualTo([
            "{\"return\": {}}",
            "{\"timestamp\": {\"seconds\": 0, \"microseconds\": 0}, \"event\": \"STOP\"}",
            string.Empty,
        ]));
    }

    [Test]
    public async Task A_file_gets_the_greeting()
    {
        string path = Path.Combine(_directory, "log");
        await using var host = new TestHost();
        await using CharacterDevice device = await ServeAsync(host, $"backend=file,path={path}");

        await WaitForAsync(() => File.ReadAllText(path).EndsWith("\r\n", StringComparison.Ordinal));

        Assert.That(File.ReadAllText(path), Does.StartWith("{\"QMP\": "));
    }

    [Test]
    public async Task A_ring_buffer_keeps_the_end_of_what_was_said()
    {
        await using var host = new TestHost();
        await using CharacterDevice device = await ServeAsync(host, "backend=ringbuf,size=16");
        RingBuffer buffer = ((RingBufferDevice)device).Buffer;
        byte[] said = [];

        await WaitForAsync(() => (said = buffer.Read(100)).Length > 0);

        Assert.That(Encoding.ASCII.GetString(said), Is.EqualTo("es\": [\"oob\"]}}\r\n"));
        Assert.That(buffer.Read(100), Is.Empty);
    }

    private static async Task<CharacterDevice> ServeAsync(TestHost host, string options)
    {
        CharacterDevice device = await CharacterDevices.OpenAsync(options);
        device.Serve(c => host.Server.ServeAsync(c));
        return device;
    }

    private static async Task WaitForAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
