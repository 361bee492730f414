using NUnit.Framework;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Graph;

public sealed class NodeTests
{
    private TestLayer _layer = null!;

    [SetUp]
    public void SetUp() => _layer = new TestLayer();

    [TearDown]
    public void TearDown() => _layer.Dispose();

    [Test]
    public Task Data_written_through_a_backend_is_read_back() => _layer.Run(async () =>
    {
        string path = _layer.NewFile("a.img", 1 << 20);
        BlockNode node = await _layer.Graph.AddMonitorNodeAsync(
            TestLayer.Raw("r", new BlockdevRef.Definition(TestLayer.File(null, path))));
        BlockBackend backend = _layer.Backend(node, BlockPermissions.ConsistentRead | BlockPermissions.Write);
        byte[] data = [.. Enumerable.Range(0, 5000).Select(i => (byte)i)];
        await backend.WriteAsync(1000, data);
        byte[] read = new byte[5000];
        await backend.ReadAsync(1000, read);
        Assert.That(read, Is.EqualTo(data));
        await backend.WriteZeroesAsync(2000, 100);
        await backend.ReadAsync(1000, read);
        data.AsSpan(1000, 100).Clear();
        Assert.That(read, Is.EqualTo(data));
        await backend.FlushAsync();
        await backend.RemoveAsync();
        await _layer.Graph.DeleteMonitorNodeAsync("r");
        Assert.That(_layer.Graph.Nodes, Is.Empty);
    });

    [Test]
    public Task Requests_outside_of_the_disk_fail() => _layer.Run(async () =>
    {
        BlockNode node = await _layer.Graph.AddMonitorNodeAsync(TestLayer.Null("n", 4096));
        BlockBackend backend = _layer.Backend(node, BlockPermissions.ConsistentRead | BlockPermissions.Write);
        Assert.That(async () => await backend.ReadAsync(4000, new byte[97]), Throws.TypeOf<BlockIOException>().With.Property("Errno").EqualTo(Errno.EIO));
        Assert.That(async () => await backend.WriteAsync(-1, new byte[1]), Throws.TypeOf<BlockIOException>().With.Property("Errno").EqualTo(Errno.EIO));
        await backend.ReadAsync(4000, new byte[96]);
        await backend.RemoveAsync();
        Assert.That(async () => await backend.ReadAsync(0, new byte[1]), Throws.TypeOf<BlockIOException>().With.Property("Errno").EqualTo(Errno.ENOMEDIUM));
    });

    [TestCase("1r", "Invalid node-name: '1r'")]
    [TestCase("", "Invalid node-name: ''")]
    [TestCase("#x", "Invalid node-name: '#x'")]
    [TestCase("a b", "Invalid node-name: 'a b'")]
    [TestCase("aé", "Invalid node-name: 'aé'")]
    [TestCase("a1234567890123456789012345678901", "Node name too long")]
    [TestCase(null, "'node-name' must be specified for the root node")]
    [TestCase("n", "Duplicate nodes with node-name='n'")]
    public Task Bad_names_are_refused(string? name, string message) => _layer.Run(async () =>
    {
        await _layer.Graph.AddMonitorNodeAsync(TestLayer.Null("n"));
        Assert.That(async () => await _layer.Graph.AddMonitorNodeAsync(TestLayer.Null(name)), Throws.TypeOf<QmpException>().With.Message.EqualTo(message));
        Assert.That(_layer.Graph.Nodes, Has.Count.EqualTo(1));
    });

    // QEMU 7.2 ends itself over such a length, so that no session can tell.
    [Test]
    public Task A_disk_of_negative_length_is_refused() => _layer.Run(() =>
    {
        Assert.That(
            async () => await _layer.Graph.AddMonitorNodeAsync(TestLayer.Null("n", -1)),
            Throws.TypeOf<QmpException>().With.Message.EqualTo("Parameter 'size' expects a non-negative number below 2^64"));
        Assert.That(_layer.Graph.Nodes, Is.Empty);
        return Task.CompletedTask;
    });

    [Test]
    public Task Nodes_in_use_are_not_deleted() => _layer.Run(async () =>
    {
        await _layer.Graph.AddMonitorNodeAsync(TestLayer.Null("n"));
        await _layer.Graph.AddMonitorNodeAsync(TestLayer.Raw("r", new BlockdevRef.Reference("n")));
        await _layer.Graph.AddMonitorNodeAsync(TestLayer.Raw("r2", new BlockdevRef.Definition(TestLayer.Null("inner"))));
        Assert.That(Deleting("n"), Throws.TypeOf<QmpException>().With.Message.EqualTo("Block device n is in use"));
        Assert.That(Deleting("inner"), Throws.TypeOf<QmpException>().With.Message.EqualTo("Node inner is not owned by the monitor"));
        Assert.That(Deleting("nope"), Throws.TypeOf<QmpException>().With.Message.EqualTo("Failed to find node with node-name='nope'"));
        _layer.Backend(_layer.Graph.LookUp("r"), BlockPermissions.ConsistentRead);
        Assert.That(Deleting("r"), Throws.TypeOf<QmpException>().With.Message.EqualTo("Node r is in use"));
        await _layer.Graph.DeleteMonitorNodeAsync("r2");
        Assert.That(_layer.Graph.FindNode("inner"), Is.Null);
    });

    private Func<Task> Deleting(string name) => async () => await _layer.Graph.DeleteMonitorNodeAsync(name);
}
