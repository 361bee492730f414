using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Win32.SafeHandles;
using NUnit.Framework;
using QmpHost.Hosting;
using QmpHost.Protocol.Chardev;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;
using QmpHost.Testing.Support;

namespace QmpHost.Client.Tests;

/// <summary>The typed commands and events, on hosts of every release and on QEMU itself.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class TypedClientTests
{
    private const ulong Size = 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static IEnumerable<string> Releases => VersionProfile.Known.Select(static release => release.ToString());

    [TestCaseSource(nameof(Releases))]
    public async Task A_backup_runs_on_every_release(string release)
    {
        await using BlockHost host = await BlockHost.StartAsync(new BlockHostOptions { Profile = VersionProfile.Parse(release) });
        await using QmpClient client = await host.ConnectAsync();
        Assert.That(client.Greeting.Profile.ToString(), Is.EqualTo(release));
        await BackUpAsync(client);
    }

    [Test]
    [Category("Oracle")]
    public async Task A_backup_runs_on_the_storage_daemon()
    {
        await using Protocol.Tests.Oracle.OracleDaemon oracle = await Protocol.Tests.Oracle.OracleDaemon.StartAsync();
        await using QmpClient client = await QmpClient.ConnectUnixAsync(oracle.SocketPath);
        await BackUpAsync(client);
    }

    [TestCase("qemu-system-x86_64", "")]
    [TestCase("qemu-system-x86_64", "trixie")]
    [TestCase("qemu-system-x86_64", "trixie-backports")]
    [Category("Oracle")]
    public async Task A_backup_runs_on_a_child_process(string program, string suite)
    {
        string folder = Environment.GetEnvironmentVariable("QMPHOST_ORACLES") ?? "/var/tmp/qmphost-oracles";
        string path = suite.Length == 0 ? Path.Combine("/usr/bin", program) : Path.Combine(folder, suite, "bin", program);
        if (!File.Exists(path))
        {
            Assert.Ignore($"{path} is not there.");
        }

        await using QmpChildProcess child = await QmpChildProcess.StartAsync(
            path, ["-nodefaults", "-display", "none", "-machine", "none", "-S", "-qmp", "stdio"]).WaitAsync(Patience);
        await BackUpAsync(child.Client);
        await child.Client.QueryEverythingAsync();
    }

    [TestCaseSource(nameof(Releases))]
    public async Task Every_listing_can_be_read(string release)
    {
        await using BlockHost host = await BlockHost.StartAsync(new BlockHostOptions
        {
            Profile = VersionProfile.Parse(release),
            Machine = "pc",
        });
        await using QmpClient client = await host.ConnectAsync();
        await client.BlockCore.BlockdevAddAsync(new BlockdevOptions.NullCo { Size = (long)Size, NodeName = "disk" });
        await client.Qdev.DeviceAddAsync(new JsonObject { ["driver"] = "virtio-blk-pci", ["id"] = "guest", ["drive"] = "disk" });
        await client.QueryEverythingAsync();
    }

    [Test]
    public async Task Errors_have_class_and_text()
    {
        await using BlockHost host = await BlockHost.StartAsync();
        await using QmpClient client = await host.ConnectAsync();

        Assert.That(
            () => client.BlockCore.BlockdevDelAsync("none"),
            Throws.TypeOf<QmpException>().With.Message.EqualTo("Failed to find node with node-name='none'"));
        QmpException? error = Assert.ThrowsAsync<QmpException>(() => client.Job.JobCancelAsync("none"));
        Assert.That(error!.ErrorClass, Is.EqualTo(QmpErrorClass.GenericError));
        error = Assert.ThrowsAsync<QmpException>(() => client.ExecuteAsync("nonsense"));
        Assert.That(error!.ErrorClass, Is.EqualTo(QmpErrorClass.CommandNotFound));
    }

    [Test]
    public async Task What_a_release_does_not_know_it_refuses_rather_than_not_see_it()
    {
        await using BlockHost host = await BlockHost.StartAsync(new BlockHostOptions { Profile = VersionProfile.Parse("7.0") });
        await using QmpClient client = await host.ConnectAsync();
        await client.BlockCore.BlockdevAddAsync(new BlockdevOptions.NullCo { Size = (long)Size, NodeName = "disk" });
        await client.BlockCore.BlockdevAddAsync(new BlockdevOptions.NullCo { Size = (long)Size, NodeName = "target" });

        Assert.That(
            () => client.BlockCore.BlockdevAddAsync(new BlockdevOptions.CopyBeforeWrite { File = "disk", Target = "target", CbwTimeout = 1, NodeName = "cbw" }),
            Throws.TypeOf<QmpException>().With.Message.EqualTo("Parameter 'cbw-timeout' is unexpected"));
    }

    [Test]
    public async Task Json_goes_in_and_comes_out()
    {
        await using BlockHost host = await BlockHost.StartAsync();
        await using QmpClient client = await host.ConnectAsync();

        await client.ExecuteAsync("blockdev-add", new JsonObject { ["driver"] = "null-co", ["node-name"] = "disk", ["read-zeroes"] = true });
        JsonElement nodes = await client.ExecuteAsync("query-named-block-nodes", new JsonObject { ["flat"] = true });

        Assert.That(nodes[0].GetProperty("node-name").GetString(), Is.EqualTo("disk"));
    }

    [Test]
    public async Task A_time_out_names_the_events_that_came()
    {
        await using BlockHost host = await BlockHost.StartAsync();
        await using QmpClient client = await host.ConnectAsync();
        await client.Misc.StopAsync();

        Assert.That(
            () => client.WaitForAsync<BlockJobReadyEvent>(e => e.Device == "job", TimeSpan.Zero),
            Throws.TypeOf<TimeoutException>().With.Message.Contains("BlockJobReadyEvent").And.Message.Contains("STOP"));
    }

    [Test]
    public async Task Events_are_read_in_order_until_the_connection_ends()
    {
        BlockHost host = await BlockHost.StartAsync();
        await using QmpClient client = await host.ConnectAsync();
        await client.Misc.StopAsync();
        await client.Misc.ContAsync();
        await host.DisposeAsync();

        var names = new List<string>();
        await foreach (QapiEvent e in client.ReadEventsAsync<QapiEvent>())
        {
            names.Add(e.Name);
        }

        Assert.That(names, Is.EqualTo(new[] { "STOP", "RESUME" }));
    }

    [Test]
    public async Task A_descriptor_travels_over_a_unix_socket()
    {
        using var folder = new TestFolder();
        await using BlockHost host = await BlockHost.StartAsync();
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(folder["qmp"]));
        listener.Listen();
        Task<QmpClient> connecting = QmpClient.ConnectUnixAsync(folder["qmp"]);
        await using var connection = new SocketConnection(await listener.AcceptAsync());
        Task served = host.Monitors.ServeAsync(connection);
        await using (QmpClient client = await connecting.WaitAsync(Patience))
        {
            await File.WriteAllBytesAsync(folder["disk"], new byte[Size]);
            using SafeFileHandle file = File.OpenHandle(folder["disk"]);
            AddfdInfo added = await client.With(file).Fd.AddFdAsync(opaque: "mine");
            await client.BlockCore.BlockdevAddAsync(
                new BlockdevOptions.File { Filename = $"/dev/fdset/{added.FdsetId}", NodeName = "disk", ReadOnly = true });
            FdsetInfo set = (await client.Fd.QueryFdsetsAsync()).Single();
            Assert.That(set.Fds.Single().Opaque, Is.EqualTo("mine"));
        }

        await served.WaitAsync(Patience);
    }

    [Test]
    public async Task Descriptors_need_a_socket()
    {
        await using BlockHost host = await BlockHost.StartAsync();
        await using QmpClient client = await host.ConnectAsync();
        using SafeFileHandle file = File.OpenHandle("/dev/null");
        Assert.That(() => client.With(file), Throws.TypeOf<NotSupportedException>());
    }

    [Test]
    public void Later_releases_say_more_than_the_schema_knows()
    {
        var visitor = new QapiInputVisitor(VersionProfile.Default) { IsLenient = true };
        var status = StatusInfo.Visit(visitor, null, Qapi.Json.JsonParser.Parse("{'running':true,'singlestep':false,'status':'of-the-future','more':1}"));
        Assert.That((status.Running, (int)status.Status), Is.EqualTo((true, -1)));
    }

    private static async Task BackUpAsync(QmpClient client)
    {
        await client.BlockCore.BlockdevAddAsync(new BlockdevOptions.NullCo { Size = (long)Size, ReadZeroes = true, NodeName = "disk" });
        await client.BlockCore.BlockdevAddAsync(new BlockdevOptions.NullCo
        {
            NodeName = "target",
            Size = (long)Size,
        });
        await client.BlockCore.BlockDirtyBitmapAddAsync("disk", "bitmap", granularity: 65536);
        await client.Transaction.TransactionAsync(
        [
            new TransactionAction.BlockDirtyBitmapClear { Data = new() { Node = "disk", Name = "bitmap" } },
            new TransactionAction.BlockdevBackup { Data = new() { JobId = "job", Device = "disk", Target = "target", Sync = MirrorSyncMode.Full } },
        ]);
        BlockJobCompletedEvent done = await client.WaitForAsync<BlockJobCompletedEvent>(e => e.Device == "job", Patience);
        Assert.That((done.Type, done.Len, done.Error), Is.EqualTo((JobType.Backup, (long)Size, (string?)null)));

        IReadOnlyList<BlockDeviceInfo> nodes = await client.BlockCore.QueryNamedBlockNodesAsync(flat: true);
        BlockDirtyInfo bitmap = nodes.Single(node => node.NodeName == "disk").DirtyBitmaps!.Single();
        Assert.That((bitmap.Name, bitmap.Count, bitmap.Granularity), Is.EqualTo(("bitmap", 0L, 65536u)));
        Assert.That(await client.Job.QueryJobsAsync(), Is.Empty);
    }
}
