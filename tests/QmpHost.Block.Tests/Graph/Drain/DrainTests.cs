using NUnit.Framework;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Drain;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Graph.Drain;

public sealed class DrainTests
{
    private const BlockPermissions Writing = BlockPermissions.ConsistentRead | BlockPermissions.Write;

    private TestLayer _layer = null!;

    [SetUp]
    public void SetUp() => _layer = new TestLayer();

    [TearDown]
    public void TearDown() => _layer.Dispose();

    [Test]
    public Task A_section_begins_when_all_requests_above_have_ended_and_holds_new_ones_back() => _layer.Run(async () =>
    {
        BlockNode below = await _layer.Graph.OpenAsync(Slow("below"));
        BlockNode node = await _layer.Graph.OpenAsync(TestLayer.Raw("top", new BlockdevRef.Reference("below")));
        BlockBackend backend = _layer.Backend(node, Writing);
        Task first = backend.WriteAsync(0, new byte[512]).AsTask();
        Task begin = below.DrainBeginAsync().AsTask();
        Task second = backend.WriteAsync(0, new byte[512]).AsTask();
        Assert.That(begin.IsCompleted, Is.False);
        await Advance(100);
        Assert.That(first.IsCompleted, Is.True);
        Assert.That(begin.IsCompleted, Is.True);
        Assert.That(node.IsDrained, Is.True);
        await Advance(1000);
        Assert.That(second.IsCompleted, Is.False);

        await below.DrainBeginAsync();
        below.DrainEnd();
        await Settle();
        Assert.That(below.RequestsInFlight, Is.Zero);
        below.DrainEnd();
        Assert.That(node.IsDrained, Is.False);
        await Settle();
        await Advance(100);
        await second;
    });

    [Test]
    public Task A_parent_that_comes_during_a_section_is_held_back_too() => _layer.Run(async () =>
    {
        BlockNode node = await _layer.Graph.OpenAsync(TestLayer.Null("n"));
        await node.DrainBeginAsync();
        BlockBackend backend = _layer.Backend(node, Writing);
        Task write = backend.WriteAsync(0, new byte[512]).AsTask();
        await Settle();
        Assert.That(write.IsCompleted, Is.False);
        node.DrainEnd();
        await write;
    });

    [Test]
    public Task Draining_everything_waits_for_everything() => _layer.Run(async () =>
    {
        BlockNode first = await _layer.Graph.OpenAsync(Slow("a"));
        BlockNode second = await _layer.Graph.OpenAsync(Slow("b"));
        BlockBackend backend = _layer.Backend(second, Writing);
        Task write = backend.WriteAsync(0, new byte[512]).AsTask();
        Task<DrainedSection> begin = _layer.Graph.DrainAllAsync().AsTask();
        await Settle();
        Assert.That(begin.IsCompleted, Is.False);
        await Advance(100);
        DrainedSection section = await begin;
        Assert.That(first.IsDrained && second.IsDrained && write.IsCompleted, Is.True);
        section.Dispose();
        Assert.That(first.IsDrained || second.IsDrained, Is.False);
    });

    [Test]
    public Task Sections_over_everything_end_each_by_itself() => _layer.Run(async () =>
    {
        BlockNode node = await _layer.Graph.OpenAsync(Slow("a"));
        DrainedSection outer = await _layer.Graph.DrainAllAsync();
        DrainedSection inner = await _layer.Graph.DrainAllAsync();
        outer.Dispose();
        outer.Dispose();
        Assert.That(node.IsDrained, Is.True);
        inner.Dispose();
        Assert.That(node.IsDrained, Is.False);
    });

    [Test]
    public Task A_filter_comes_and_goes_under_running_requests() => _layer.Run(async () =>
    {
        _layer.Graph.Drivers.Register(new MemoryDriverDescriptor { Seed = 1, Length = 64 << 10 }.Table);
        BlockNode node = await _layer.Graph.AddMonitorNodeAsync(MemoryDriverDescriptor.Options("disk"));
        BlockBackend backend = _layer.Backend(node, Writing);
        bool stop = false;
        int written = 0;
        Task[] writers = [.. Enumerable.Range(0, 8).Select(WriteAsync)];
        for (int i = 0; i < 20; i++)
        {
            await Settle();
            BlockNode filter = await _layer.Graph.InsertFilterAsync(node, Filter("filter"));
            Assert.That(backend.Node, Is.SameAs(filter));
            int before = written;
            await Settle();
            Assert.That(written, Is.GreaterThan(before));
            await _layer.Graph.RemoveFilterAsync(filter);
            await _layer.Graph.UnrefAsync(filter);
            Assert.That(backend.Node, Is.SameAs(node));
            Assert.That(_layer.Graph.Nodes, Has.Count.EqualTo(1));
        }

        stop = true;
        await Task.WhenAll(writers);
        byte[] read = new byte[64 << 10];
        await backend.ReadAsync(0, read);
        for (int i = 0; i < 8; i++)
        {
            Assert.That(read.AsSpan(i * 8192, 8192).ToArray(), Is.All.EqualTo(read[i * 8192]));
        }

        async Task WriteAsync(int index)
        {
            byte[] data = new byte[8192];
            for (byte value = 1; !stop; value++)
            {
                data.AsSpan().Fill(value);
                await backend.WriteAsync(index * 8192, data);
                written++;
            }
        }
    });

    [Test]
    public Task A_filter_that_cannot_be_put_there_changes_nothing() => _layer.Run(async () =>
    {
        BlockNode node = await _layer.Graph.OpenAsync(TestLayer.Null("n"));
        BlockBackend backend = _layer.Backend(node, Writing, BlockPermissions.ConsistentRead);
        QmpException? failure = null;
        try
        {
            await _layer.Graph.InsertFilterAsync(node, Filter("filter", node: "n", take: BlockPermission.Write));
        }
        catch (QmpException e)
        {
            failure = e;
        }

        Assert.That(failure?.Message, Is.EqualTo(
            "Could not create node: Permission conflict on node 'n': permissions 'write' are both required by node 'filter' "
            + "(uses node 'n' as 'image' child) and unshared by an unnamed block device (uses node 'n' as 'root' child)."));
        Assert.That(_layer.Graph.Nodes, Is.EqualTo(new[] { node }));
        Assert.That(node.IsDrained, Is.False);
        await backend.WriteAsync(0, new byte[1]);
    });

    [Test]
    public Task Replacing_a_node_leaves_alone_what_would_become_a_loop() => _layer.Run(async () =>
    {
        BlockNode node = await _layer.Graph.OpenAsync(TestLayer.Null("n"));
        BlockNode filter = await _layer.Graph.OpenAsync(Filter("f", node: "n"));
        BlockBackend backend = _layer.Backend(node, Writing);
        await _layer.Graph.ReplaceNodeAsync(node, filter);
        Assert.That(backend.Node, Is.SameAs(filter));
        Assert.That(filter.FilteredChild!.Node, Is.SameAs(node));
        Assert.That(node.Parents, Has.Count.EqualTo(1));
    });

    [Test]
    public Task A_node_cannot_be_its_own_child() => _layer.Run(async () =>
    {
        BlockNode node = await _layer.Graph.OpenAsync(TestLayer.Null("n"));
        BlockNode filter = await _layer.Graph.OpenAsync(Filter("f", node: "n"));
        Assert.That(
            () => _layer.Graph.Attach(node, filter, "file", ChildRole.Data, BlockPermissions.None, BlockPermissions.All),
            Throws.TypeOf<QmpException>().With.Message.EqualTo("Making 'f' a file child of 'n' would create a cycle"));
    });

    private static BlockdevOptions.NullCo Slow(string name) => new()
    {
        NodeName = name,
        LatencyNs = 100_000_000,
    };

    private static BlockdevOptions.Blkdebug Filter(string name, string node = "disk", BlockPermission? take = null) => new()
    {
        NodeName = name,
        Image = new BlockdevRef.Reference(node),
        TakeChildPerms = take is { } permission ? [permission] : null,
    };

    private async Task Advance(int milliseconds)
    {
        _layer.Clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
        await Settle();
    }

    private async Task Settle()
    {
        for (int i = 0; i < 20; i++)
        {
            await _layer.Loop.YieldAsync();
        }
    }
}
