using System.Net;
using System.Net.Sockets;
using QmpHost.Net.Transports;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;
using QmpHost.Testing.Support;
using SocketAddress = QmpHost.Qapi.Schema.SocketAddress;

namespace QmpHost.Net.Tests;

[TestFixture]
public class SocketListenerTests
{
    [Test]
    public void A_unix_socket_replaces_what_was_there_and_leaves_nothing()
    {
        using var folder = new TestFolder();
        string path = folder.File("s");
        File.WriteAllText(path, "in the way");
        SocketListener listener = SocketListener.Open(Unix(path), 1);
        using (var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            client.Connect(new UnixDomainSocketEndPoint(path));
        }

        listener.Close();
        Assert.That(File.Exists(path), Is.False);
    }

    [Test]
    public void A_unix_socket_that_cannot_be_made_says_why()
    {
        using var folder = new TestFolder();
        Fails(Unix("/nonexistent/x/y"), "Failed to bind socket to /nonexistent/x/y: No such file or directory");
        Fails(Unix(folder.Path), $"Failed to unlink socket {folder.Path}: Is a directory");
        string longPath = folder.File(new string('x', 200));
        Fails(Unix(longPath), $"UNIX socket path '{longPath}' is too long");
    }

    // QEMU takes a path that leaves no room for the zero behind it, and has U+0000 in its strings as two bytes.
    [TestCase(108, "x")]
    [TestCase(20, "x\0y")]
    public async Task A_unix_socket_may_have_any_path_that_the_system_takes(int length, string name)
    {
        using var folder = new TestFolder();
        string path = folder.File(name).PadRight(length, 'z');
        SocketListener listener = SocketListener.Open(Unix(path), 1);
        Assert.That(Directory.GetFiles(folder.Path), Has.Length.EqualTo(1));
        Task<Socket> accepting = listener.AcceptAsync();
        using (Socket client = await SocketConnector.ConnectAsync(Unix(path)))
        using (Socket server = await accepting)
        {
            await client.SendAsync((byte[])[7]);
            byte[] received = new byte[1];
            Assert.That(await server.ReceiveAsync(received), Is.EqualTo(1));
        }

        listener.Close();
        Assert.That(Directory.GetFiles(folder.Path), Is.Empty);
    }

    [Test]
    public async Task A_client_is_accepted_on_any_of_the_addresses()
    {
        SocketListener listener = SocketListener.Open(Inet("", "0"), 1);
        foreach (Socket one in listener.Sockets)
        {
            Task<Socket> accepting = listener.AcceptAsync();
            var end = (IPEndPoint)one.LocalEndPoint!;
            using var client = new Socket(end.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(end.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.IPv6Loopback, end.Port);
            using Socket server = await accepting.WaitAsync(TimeSpan.FromMinutes(2));
            Assert.That(server.Connected, Is.True);
        }

        listener.Close();
    }

    [Test]
    public void Nobody_listens()
    {
        using var folder = new TestFolder();
        string path = folder.File("s");
        Fails(Unix(path), $"Failed to connect to '{path}': No such file or directory");
        Fails(Unix(""), "Failed to connect to '': Connection refused");
        string longPath = folder.File(new string('x', 200));
        Fails(Unix(longPath), $"UNIX socket path '{longPath}' is too long");

        static void Fails(SocketAddress address, string message)
        {
            QmpException? e = Assert.ThrowsAsync<QmpException>(() => SocketConnector.ConnectAsync(address));
            Assert.That(e!.Message, Is.EqualTo(message));
        }
    }

    [TestCase(true)]
    [TestCase(false)]
    public void An_abstract_socket_has_no_file(bool tight)
    {
        string name = "qmphost-test-" + Guid.NewGuid().ToString("N");
        var address = new SocketAddress.Unix { Path = name, Abstract = true, Tight = tight };
        SocketListener listener = SocketListener.Open(address, 1);
        using (var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            client.Connect(new UnixDomainSocketEndPoint("\0" + (tight ? name : name.PadRight(107, '\0'))));
        }

        Assert.That(File.Exists(name), Is.False);
        listener.Close();
    }

    [Test]
    public void A_path_is_made_up_where_none_is_given()
    {
        SocketListener listener = SocketListener.Open(Unix(""), 1);
        string path = listener.Sockets[0].LocalEndPoint!.ToString()!;
        Assert.That(path, Does.StartWith(Path.Combine(Path.GetTempPath(), "qemu-socket-")));
        listener.Close();
        Assert.That(File.Exists(path), Is.False);
    }

    [Test]
    public void Inet_addresses_that_make_no_sense_are_refused_in_the_systems_words()
    {
        Fails(Inet("nosuchhost.invalid", "10809"), "address resolution failed for nosuchhost.invalid:10809: ", isPrefix: true);
        Fails(Inet("127.0.0.1", "abc"), "address resolution failed for 127.0.0.1:abc: Servname not supported for ai_socktype");
        Fails(Inet("1.2.3.4", "10809"), "Failed to bind socket: Cannot assign requested address");
        Fails(Inet("::1", "0", static a => a with { Ipv6 = false }), "address resolution failed for ::1:0: Address family for hostname not supported");
        Fails(Inet("127.0.0.1", "0", static a => a with { Ipv4 = false }), "address resolution failed for 127.0.0.1:0: Address family for hostname not supported");
        Fails(Inet("", "0", static a => a with { Ipv4 = false, Ipv6 = false }), "Cannot disable IPv4 and IPv6 at same time");
        Fails(Inet("localhost", "0", static a => a with { Numeric = true }), "address resolution failed for localhost:0: Name or service not known");
        Fails(new SocketAddress.Fd { Str = "0" }, "only QEMU supports file descriptor passing");
    }

    [Test]
    public void A_port_is_listened_on_once()
    {
        SocketListener first = SocketListener.Open(Inet("127.0.0.1", "0"), 1);
        int port = ((IPEndPoint)first.Sockets[0].LocalEndPoint!).Port;
        Fails(Inet("127.0.0.1", port.ToString(System.Globalization.CultureInfo.InvariantCulture)), "Failed to find an available port: Address already in use");
        first.Close();
    }

    [Test]
    public void A_range_of_ports_is_searched_for_a_free_one()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        int port = ((IPEndPoint)taken.LocalEndPoint!).Port;
        string text = port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        Fails(Inet("127.0.0.1", text), "Failed to find an available port: Address already in use");
        SocketListener listener = SocketListener.Open(Inet("127.0.0.1", text, a => a with { To = (ushort)Math.Min(port + 50, 65535) }), 1);
        Assert.That(((IPEndPoint)listener.Sockets[0].LocalEndPoint!).Port, Is.GreaterThan(port));
        listener.Close();
    }

    [Test]
    public void No_host_means_every_address_of_both_families()
    {
        SocketListener listener = SocketListener.Open(Inet("", "0"), 1);
        Assert.That(
            listener.Sockets.Select(static socket => ((IPEndPoint)socket.LocalEndPoint!).Address),
            Is.EquivalentTo([IPAddress.Any, IPAddress.IPv6Any]));
        listener.Close();

        SocketListener four = SocketListener.Open(Inet("", "0", static a => a with { Ipv6 = false }), 1);
        Assert.That(((IPEndPoint)four.Sockets.Single().LocalEndPoint!).Address, Is.EqualTo(IPAddress.Any));
        four.Close();
    }

    private static SocketAddress.Unix Unix(string path)
        => new() { Path = path };

    private static SocketAddress Inet(string host, string port, Func<InetSocketAddress, InetSocketAddress>? more = null)
    {
        var address = new InetSocketAddress { Host = host, Port = port };
        return SocketAddress.Of(SocketAddressType.Inet, more is null ? address : more(address));
    }

    private static void Fails(SocketAddress address, string message, bool isPrefix = false)
    {
        QmpException? e = Assert.Throws<QmpException>(() => SocketListener.Open(address, 1));
        Assert.That(e!.Message, isPrefix ? Does.StartWith(message) : Is.EqualTo(message));
    }
}
