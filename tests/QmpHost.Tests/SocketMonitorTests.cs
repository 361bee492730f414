using System.Globalization;
using System.Net.Sockets;
using NUnit.Framework;
using QmpHost.Client;
using QmpHost.Testing.Support;
using QmpHost.Tests.Support;

namespace QmpHost.Tests;

/// <summary>Monitors on sockets, to which clients connect or which connect to them.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class SocketMonitorTests
{
    [Test]
    public async Task A_waiting_unix_socket_says_so_and_takes_one_client_after_another()
    {
        using var folder = new TestFolder();
        string chardev = $"socket,id=c,path={folder["qmp"]},server=on";
        await using var process = ProgramProcess.Start("storage-daemon", "--chardev", chardev, "--monitor", "c");
        Assert.That(
            await process.FirstErrorLineAsync(),
            Is.EqualTo($"qemu-storage-daemon: --chardev {chardev}: info: QEMU waiting for connection on: disconnected:unix:{folder["qmp"]},server=on"));

        for (int i = 0; i < 3; i++)
        {
            await using QmpClient client = await QmpClient.ConnectUnixAsync(folder["qmp"]);
            await client.NegotiateAsync();
            Assert.That((await client.ExecuteAsync("query-jobs")).ToString(), Is.EqualTo("[]"));
        }

        await QuitAsync(await QmpClient.ConnectUnixAsync(folder["qmp"]), process);
    }

    [TestCase("127.0.0.1")]
    [TestCase("localhost")]
    public async Task A_monitor_listens_on_a_free_port(string host)
    {
        await using var process = ProgramProcess.Start("storage-daemon", "--chardev", $"socket,id=c,host={host},port=0,server=on,ipv4=on", "--monitor", "c");
        string line = await process.FirstErrorLineAsync();
        int port = int.Parse(line[(line.LastIndexOf(':') + 1)..line.LastIndexOf(',')], CultureInfo.InvariantCulture);

        await QuitAsync(await QmpClient.ConnectTcpAsync("127.0.0.1", port), process);
    }

    [Test]
    public async Task A_monitor_connects_over_TCP()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        int port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        await using var process = ProgramProcess.Start(
            "system", "-nodefaults", "-display", "none", "-machine", "none", "-S", "-qmp", $"tcp:127.0.0.1:{port}");

        using Socket socket = await listener.AcceptSocketAsync().WaitAsync(ProgramProcess.Patience);
        await QuitAsync(await QmpClient.AttachAsync(new NetworkStream(socket)), process);
    }

    [Test]
    public async Task Nobody_to_connect_to_is_an_error()
    {
        using var folder = new TestFolder();

        ProgramResult result = await ProgramProcess.RunAsync("storage-daemon", "--chardev", $"socket,id=c,path={folder["none"]}");

        Assert.That(result.Error, Is.EqualTo(
            $"qemu-storage-daemon: --chardev socket,id=c,path={folder["none"]}: Failed to connect to '{folder["none"]}': No such file or directory\n"));
    }

    [Test]
    public async Task Several_monitors_see_the_same_host()
    {
        using var folder = new TestFolder();
        using var first = new MonitorListener(folder["a"]);
        using var second = new MonitorListener(folder["b"]);
        await using var process = ProgramProcess.Start(
            "storage-daemon",
            "--chardev", $"socket,id=a,path={folder["a"]}", "--chardev", $"socket,id=b,path={folder["b"]}",
            "--monitor", "a", "--monitor", "b",
            "--blockdev", "null-co,node-name=disk");
        await using QmpClient one = await first.NegotiateAsync(process);
        await using QmpClient other = await second.NegotiateAsync(process);

        Assert.That((await one.ExecuteAsync("query-named-block-nodes")).ToString(), Does.Contain("disk"));
        Assert.That((await other.ExecuteAsync("query-named-block-nodes")).ToString(), Does.Contain("disk"));
        await one.ExecuteAsync("quit");
        await other.Completion.WaitAsync(ProgramProcess.Patience);
        Assert.That((await process.FinishAsync()).ExitCode, Is.Zero);
    }

    [Test]
    public async Task A_client_that_vanishes_in_the_middle_of_a_command_harms_nobody()
    {
        using var folder = new TestFolder();
        using var first = new MonitorListener(folder["a"]);
        using var second = new MonitorListener(folder["b"]);
        await using var process = ProgramProcess.Start(
            "storage-daemon",
            "--chardev", $"socket,id=a,path={folder["a"]}", "--chardev", $"socket,id=b,path={folder["b"]}",
            "--monitor", "a", "--monitor", "b");
        using (NetworkStream vanishing = await first.AcceptAsync(process))
        {
            await vanishing.WriteAsync("{'execute':'qmp_capabilities'}{'execute':'query-qmp-schema'}{'execute':'blockdev-add','arguments':{'driver':"u8.ToArray());
        }

        await QuitAsync(await QmpClient.AttachAsync(await second.AcceptAsync(process)), process);
    }

    private static async Task QuitAsync(QmpClient client, ProgramProcess process)
    {
        await using (client)
        {
            await client.NegotiateAsync();
            await client.ExecuteAsync("quit");
            Assert.That((await process.FinishAsync()).ExitCode, Is.Zero);
        }
    }
}
