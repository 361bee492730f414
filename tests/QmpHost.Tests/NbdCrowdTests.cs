using System.Globalization;
using System.Net.Sockets;
using NUnit.Framework;
using QmpHost.Client;
using QmpHost.Testing.Support;
using QmpHost.Tests.Support;

namespace QmpHost.Tests;

/// <summary>More clients than a server can want.</summary>
internal sealed class NbdCrowdTests
{
    private const int CrowdSize = 10_000;

    [Test]
    public async Task Ten_thousand_silent_clients_cost_little_and_keep_nobody_out()
    {
        RequireDescriptors(CrowdSize + 500);
        using var folder = new TestFolder();
        using var listener = new MonitorListener(folder["qmp"]);
        await using var process = ProgramProcess.Start(Arguments(folder));
        await using QmpClient monitor = await listener.NegotiateAsync(process);
        long before = ResidentBytes(process);

        List<Socket> crowd = await ConnectAsync(folder["nbd"], CrowdSize);
        await AssertServedAsync(folder["nbd"]);
        long perClient = (ResidentBytes(process) - before) / CrowdSize;

        TestContext.Out.WriteLine($"{perClient} bytes for each client");
        Assert.That(perClient, Is.LessThan(64 * 1024));
        await QuitAsync(monitor, process);
        crowd.ForEach(static client => client.Dispose());
    }

    [Test]
    public async Task When_descriptors_run_out_others_are_served_as_soon_as_some_leave()
    {
        const int Limit = 200;
        using var folder = new TestFolder();
        using var listener = new MonitorListener(folder["qmp"]);
        await using var process = ProgramProcess.StartAs(
            "/bin/sh", ["-c", $"ulimit -n {Limit} && exec \"$0\" \"$@\"", ProgramProcess.ExecutablePath, .. Arguments(folder)]);
        await using QmpClient monitor = await listener.NegotiateAsync(process);

        List<Socket> crowd = await ConnectAsync(folder["nbd"], Limit + 20);
        Assert.That((await monitor.ExecuteAsync("query-jobs")).ToString(), Is.EqualTo("[]"));
        crowd.ForEach(static client => client.Dispose());

        await AssertServedAsync(folder["nbd"]);
        await QuitAsync(monitor, process);
    }

    private static string[] Arguments(TestFolder folder) =>
    [
        "storage-daemon",
        "--blockdev", "null-co,node-name=disk,size=1048576,read-zeroes=on",
        "--nbd-server", $"addr.type=unix,addr.path={folder["nbd"]},max-connections=0",
        "--export", "nbd,id=e,node-name=disk",
        "--chardev", $"socket,id=c,path={folder["qmp"]}",
        "--monitor", "c",
    ];

    private static async Task QuitAsync(QmpClient monitor, ProgramProcess process)
    {
        await monitor.ExecuteAsync("quit");
        Assert.That((await process.FinishAsync()).ExitCode, Is.Zero);
    }

    private static async Task<List<Socket>> ConnectAsync(string path, int count)
    {
        List<Socket> clients = [];
        while (clients.Count < count)
        {
            clients.Add(await ConnectAsync(path));
        }

        return clients;
    }

    private static async Task<Socket> ConnectAsync(string path)
    {
        while (true)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
                return socket;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock)
            {
                // As many wait already as the system lets wait.
                socket.Dispose();
                await Task.Yield();
            }
        }
    }

    /// <summary>Chooses the export in the old way, and reads a block.</summary>
    private static async Task AssertServedAsync(string path)
    {
        using Socket socket = await ConnectAsync(path);
        await using var stream = new NetworkStream(socket);
        await ReceiveAsync(stream, 18);

        // Fixed newstyle without padding; NBD_OPT_EXPORT_NAME.
        await stream.WriteAsync(Convert.FromHexString("00000003" + "49484156454F5054" + "00000001" + "00000004" + "6469736B"));
        await ReceiveAsync(stream, 10);

        // NBD_CMD_READ of 512 bytes with cookie 1: a simple reply without an error, and zeroes.
        await stream.WriteAsync(Convert.FromHexString("25609513" + "00000000" + "0000000000000001" + "0000000000000000" + "00000200"));
        byte[] reply = await ReceiveAsync(stream, 16 + 512);
        Assert.That(reply[..16], Is.EqualTo(Convert.FromHexString("67446698" + "00000000" + "0000000000000001")));
        Assert.That(reply[16..], Is.All.Zero);
    }

    private static async Task<byte[]> ReceiveAsync(NetworkStream stream, int count)
    {
        byte[] bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes).AsTask().WaitAsync(ProgramProcess.Patience);
        return bytes;
    }

    private static long ResidentBytes(ProgramProcess process)
        => long.Parse(File.ReadAllText($"/proc/{process.Id}/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;

    private static void RequireDescriptors(int count)
    {
        string limits = File.ReadLines("/proc/self/limits").First(static line => line.StartsWith("Max open files", StringComparison.Ordinal));
        string hard = limits.Split(' ', StringSplitOptions.RemoveEmptyEntries)[4];
        if (long.TryParse(hard, CultureInfo.InvariantCulture, out long most) && most < count)
        {
            Assert.Ignore($"A process of this machine may open {most} files at most.");
        }
    }
}
