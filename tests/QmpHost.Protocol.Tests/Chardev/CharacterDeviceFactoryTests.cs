using NUnit.Framework;
using QmpHost.Protocol.Chardev;
using QmpHost.Qapi;

namespace QmpHost.Protocol.Tests.Chardev;

/// <summary>Errors of -chardev options, as the storage daemon words them.</summary>
public sealed class CharacterDeviceFactoryTests
{
    private const string LongPath = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

    [TestCase("", "chardev: \"c\" missing backend")]
    [TestCase("backend=foo", "'foo' is not a valid char driver name")]
    [TestCase("backend=braille", "'braille' is not a valid char driver name")]
    [TestCase("backend=socket", "Unable to parse FD number ")]
    [TestCase("backend=socket,fd=foo", "Unable to parse FD number foo")]
    [TestCase("backend=socket,fd=777,server=on", "File descriptor '777' is not a socket")]
    [TestCase("backend=socket,path=/nonexistent/x,server=on", "Failed to bind socket to /nonexistent/x: No such file or directory")]
    [TestCase("backend=socket,path=/nonexistent/x", "Failed to connect to '/nonexistent/x': No such file or directory")]
    [TestCase("backend=socket,path=/dev/null", "Failed to connect to '/dev/null': Connection refused")]
    [TestCase("backend=socket,path=/,server=on", "Failed to unlink socket /: Is a directory")]
    [TestCase("backend=socket,path=" + LongPath, "UNIX socket path '" + LongPath + "' is too long\nPath must be less than 108 bytes")]
    [TestCase("backend=socket,host=localhost", "chardev: socket: no port given")]
    [TestCase("backend=socket,host=localhost,port=1", "Failed to connect to 'localhost:1': Connection refused")]
    [TestCase("backend=socket,host=localhost,port=foo,server=on", "address resolution failed for localhost:foo: Servname not supported for ai_socktype")]
    [TestCase("backend=socket,host=127.0.0.1,port=0,server=on,ipv6=on", "address resolution failed for 127.0.0.1:0: Address family for hostname not supported")]
    [TestCase("backend=socket,host=127.0.0.1,port=0,server=on,ipv4=off", "address resolution failed for 127.0.0.1:0: Address family for hostname not supported")]
    [TestCase("backend=socket,host=127.0.0.1,port=45599,to=45598,server=on", "Failed to create a socket")]
    [TestCase("backend=socket,host=192.0.2.1,port=0,server=on", "Failed to bind socket: Cannot assign requested address")]
    [TestCase("backend=socket,path=/x,host=localhost,port=1", "None or one of 'path', 'fd' or 'host' option required.")]
    [TestCase("backend=socket,path=/x,server=maybe", "Parameter 'server' expects 'on' or 'off'")]
    [TestCase("backend=socket,path=/x,bogus=1", "Invalid parameter 'bogus'")]
    [TestCase("backend=socket,path=/x,server=on,reconnect=1", "'reconnect' option is incompatible with socket in server listen mode")]
    [TestCase("backend=socket,path=/x,wait=off", "'wait' option is incompatible with socket in client connect mode")]
    [TestCase("backend=socket,path=/x,reconnect=x", "Parameter 'reconnect' expects a number")]
    [TestCase("backend=file", "chardev: file: no filename given")]
    [TestCase("backend=file,path=/nonexistent/x", "Could not open '/nonexistent/x': No such file or directory")]
    [TestCase("backend=file,path=/", "Could not open '/': Is a directory")]
    [TestCase("backend=pipe", "chardev: pipe: no device path given")]
    [TestCase("backend=pipe,path=/nonexistent/x", "Could not open '/nonexistent/x': No such file or directory")]
    [TestCase("backend=ringbuf,size=1000", "size of ringbuf chardev must be power of two")]
    [TestCase("backend=ringbuf,size=foo", "Parameter 'size' expects a non-negative number below 2^64\nOptional suffix k, M, G, T, P or E means kilo-, mega-, giga-, tera-, peta-\nand exabytes, respectively.")]
    [TestCase("backend=null,server=foo", "Parameter 'server' expects 'on' or 'off'")]
    public void Wrong_options_fail_as_in_QEMU(string options, string message)
    {
        Assert.That(() => CharacterDevices.OpenAsync(options), Throws.TypeOf<QmpException>().With.Property(nameof(QmpException.MessageWithHint)).EqualTo(message));
    }

    [Test]
    public async Task A_taken_port_is_an_error_unless_there_is_another()
    {
        await using CharacterDevice first = await CharacterDevices.OpenAsync("backend=socket,host=127.0.0.1,port=0,server=on,wait=off");
        int port = ((System.Net.IPEndPoint)((SocketServerDevice)first).LocalEndPoint!).Port;

        Assert.That(
            () => CharacterDevices.OpenAsync($"backend=socket,host=127.0.0.1,port={port},server=on,wait=off"),
            Throws.TypeOf<QmpException>().With.Message.EqualTo("Failed to find an available port: Address already in use"));
        await using CharacterDevice second = await CharacterDevices.OpenAsync($"backend=socket,host=127.0.0.1,port={port},to=65535,server=on,wait=off");
        Assert.That(((System.Net.IPEndPoint)((SocketServerDevice)second).LocalEndPoint!).Port, Is.GreaterThan(port));
    }

    [Test]
    public async Task A_device_serves_one_front_end()
    {
        await using CharacterDevice device = await CharacterDevices.OpenAsync("backend=null");
        device.Serve(_ => Task.CompletedTask);

        Assert.That(() => device.Serve(_ => Task.CompletedTask), Throws.TypeOf<QmpException>().With.Message.EqualTo("Device 'c' is in use"));
    }

    [Test]
    public async Task Standard_streams_serve_one_device()
    {
        CharacterDeviceEnvironment environment = CharacterDevices.Environment();
        await using CharacterDevice first = await CharacterDevices.OpenAsync("backend=stdio", environment);

        Assert.That(
            () => CharacterDevices.OpenAsync("backend=stdio", environment),
            Throws.TypeOf<QmpException>().With.Message.EqualTo("cannot use stdio by multiple character devices"));
    }
}
