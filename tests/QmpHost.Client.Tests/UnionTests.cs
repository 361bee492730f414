using System.Buffers;
using System.Text;
using NUnit.Framework;
using QmpHost.Hosting;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;
using QmpHost.Qapi.Schema;
using QmpHost.Testing.Support;

namespace QmpHost.Client.Tests;

/// <summary>Unions and alternates as hierarchies of records, in arguments and in results, on hosts of every release and on QEMU itself.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class UnionTests
{
    private const long Size = 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static IEnumerable<string> Releases => VersionProfile.Known.Select(static release => release.ToString());

    [TestCaseSource(nameof(Releases))]
    public async Task Branches_go_in_and_come_out_of_hosts(string release)
    {
        using var folder = new TestFolder();
        await using BlockHost host = await BlockHost.StartAsync(new BlockHostOptions { Profile = VersionProfile.Parse(release), Machine = "none" });
        await using QmpClient client = await host.ConnectAsync();
        await RunAsync(client, folder);
    }

    [TestCase("")]
    [TestCase("trixie")]
    [TestCase("trixie-backports")]
    [Category("Oracle")]
    public async Task Branches_go_in_and_come_out_of_QEMU(string suite)
    {
        string folder = Environment.GetEnvironmentVariable("QMPHOST_ORACLES") ?? "/var/tmp/qmphost-oracles";
        string path = suite.Length == 0 ? "/usr/bin/qemu-system-x86_64" : Path.Combine(folder, suite, "bin/qemu-system-x86_64");
        if (!File.Exists(path))
        {
            Assert.Ignore($"{path} is not there.");
        }

        using var files = new TestFolder();
        await using QmpChildProcess child = await QmpChildProcess.StartAsync(
            path, ["-nodefaults", "-display", "none", "-machine", "none", "-S", "-qmp", "stdio"]).WaitAsync(Patience);
        await RunAsync(child.Client, files);
    }

    [Test]
    public void A_branch_implies_its_discriminator_and_has_the_members_of_the_base()
    {
        BlockdevOptions options = new BlockdevOptions.Qcow2 { NodeName = "disk", File = new BlockdevOptions.File { Filename = "a.qcow2" }, Backing = "base" };

        Assert.That(options.Driver, Is.EqualTo(BlockdevDriver.Qcow2));
        Assert.That(Write(options), Is.EqualTo(
            """{"backing": "base", "node-name": "disk", "driver": "qcow2", "file": {"driver": "file", "filename": "a.qcow2"}}"""));
        Assert.That(Read(Write(options), BlockdevOptions.Visit), Is.EqualTo(options));
        Assert.That(options with { NodeName = "other" }, Is.EqualTo((BlockdevOptions.Qcow2)options with { NodeName = "other" }));
    }

    [Test]
    public void Values_without_a_branch_have_a_record_too()
    {
        Assert.That(Write(new ObjectOptions.CanBus { Id = "bus" }), Is.EqualTo("""{"qom-type": "can-bus", "id": "bus"}"""));
        Assert.That(Read("{'type':'none','id':'n'}", Netdev.Visit), Is.EqualTo(new Netdev.None { Id = "n" }));
    }

    [Test]
    public void What_a_later_release_has_is_unknown_and_no_error()
    {
        var visitor = new QapiInputVisitor(VersionProfile.Default) { IsLenient = true };
        ImageInfoSpecific info = ImageInfoSpecific.Visit(visitor, null, JsonParser.Parse("{'type':'of-the-future','data':{}}"));
        Assert.That(info, Is.EqualTo(new ImageInfoSpecific.Unknown()));
    }

    [Test]
    public void Alternatives_are_told_apart_by_their_type()
    {
        BlockdevRefOrNull none = Read("null", BlockdevRefOrNull.Visit), named = "base", given = new BlockdevOptions.NullCo();
        Assert.That(none, Is.EqualTo(new BlockdevRefOrNull.Null()));
        Assert.That(named, Is.EqualTo(new BlockdevRefOrNull.Reference("base")));
        Assert.That(given, Is.EqualTo(new BlockdevRefOrNull.Definition(new BlockdevOptions.NullCo())));
        Assert.That(Write(none), Is.EqualTo("null"));
    }

    private static async Task RunAsync(QmpClient client, TestFolder folder)
    {
        await CreateAsync(client, folder["disk.qcow2"]);
        await client.Qom.ObjectAddAsync(new ObjectOptions.ThrottleGroup { Id = "limits", Limits = new() { IopsTotal = 1000 } });
        await client.BlockCore.BlockdevAddAsync(new BlockdevOptions.Throttle
        {
            NodeName = "disk",
            ThrottleGroup = "limits",
            File = new BlockdevOptions.Qcow2 { NodeName = "format", File = "file" },
        });
        IReadOnlyList<BlockDeviceInfo> nodes = await client.BlockCore.QueryNamedBlockNodesAsync();
        ImageInfoSpecific specific = nodes.Single(static node => node.NodeName == "format").Image.FormatSpecific!;
        Assert.That(Describe(specific), Is.EqualTo("qcow2 1.1"));

        await client.Char.ChardevAddAsync("socket", new ChardevBackend.Socket
        {
            Data = new() { Addr = new SocketAddressLegacy.Unix { Data = new() { Path = folder["char"] } }, Server = true, Wait = false },
        });
        await client.BlockExport.NbdServerStartAsync(new SocketAddressLegacy.Unix { Data = new() { Path = folder["nbd"] } });
        await client.BlockExport.BlockExportAddAsync(new BlockExportOptions.Nbd { Id = "export", NodeName = "disk", Name = "n" });
        Assert.That((await client.BlockExport.QueryBlockExportsAsync()).Single().Type, Is.EqualTo(BlockExportType.Nbd));
        await client.Net.NetdevAddAsync(new Netdev.Hubport { Id = "hub", Hubid = 0 });
        await MirrorAsync(client);
    }

    private static async Task CreateAsync(QmpClient client, string path)
    {
        await File.WriteAllBytesAsync(path, []);
        await client.BlockCore.BlockdevAddAsync(new BlockdevOptions.File { NodeName = "file", Filename = path });
        await client.BlockCore.BlockdevCreateAsync("create", new BlockdevCreateOptions.Qcow2 { File = "file", Size = (ulong)Size });
        await client.WaitForAsync<JobStatusChangeEvent>(static e => e.Status == JobStatus.Concluded, Patience);
        Assert.That((await client.Job.QueryJobsAsync()).Single().Error, Is.Null);
        await client.Job.JobDismissAsync("create");
    }

    private static async Task MirrorAsync(QmpClient client)
    {
        await client.BlockCore.BlockdevAddAsync(new BlockdevOptions.NullCo { NodeName = "target", Size = Size });
        await client.Transaction.TransactionAsync(
        [
            new TransactionAction.BlockDirtyBitmapAdd { Data = new() { Node = "disk", Name = "changes" } },
            new TransactionAction.BlockDirtyBitmapClear { Data = new() { Node = "disk", Name = "changes" } },
        ]);
        await client.BlockCore.BlockdevMirrorAsync(new() { Device = "disk", Target = "target", Sync = MirrorSyncMode.Full, JobId = "job" });
        await client.WaitForAsync<BlockJobReadyEvent>(static e => e.Device == "job", Patience);
        if (client.Greeting.Version is { Major: > 8 } or { Major: 8, Minor: >= 2 })
        {
            await client.BlockCore.BlockJobChangeAsync(new BlockJobChangeOptions.Mirror { Id = "job", CopyMode = MirrorCopyMode.WriteBlocking });
        }

        Assert.That((await client.BlockCore.QueryBlockJobsAsync()).Select(Describe), Is.EqualTo(new[] { "mirror of job" }));
        await client.BlockCore.BlockJobCancelAsync("job", force: true);
        await client.WaitForAsync<BlockJobCancelledEvent>(static e => e.Device == "job", Patience);
    }

    private static string Describe(ImageInfoSpecific specific) => specific switch
    {
        ImageInfoSpecific.Qcow2 qcow2 => $"qcow2 {qcow2.Data.Compat}",
        ImageInfoSpecific.Luks luks => $"luks {luks.Data.CipherAlg}",
        ImageInfoSpecific.Unknown => "something newer",
        _ => specific.Type.ToWire(),
    };

    private static string Describe(BlockJobInfo job) => job switch
    {
        BlockJobInfo.Mirror mirror => $"mirror of {mirror.Device}",
        _ => $"another of {job.Device}",
    };

    private static string Write(IQapiWritable value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new QapiWriter(buffer);
        value.WriteTo(writer, VersionProfile.Default);
        writer.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static T Read<T>(string json, Func<QapiInputVisitor, string?, QObject, T> visit)
        => visit(new QapiInputVisitor(VersionProfile.Default), null, JsonParser.Parse(json));
}
