using NUnit.Framework;
using QmpHost.Block.Drivers.Throttle;
using QmpHost.Block.Graph;
using QmpHost.Block.Tests.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Drivers;

// The messages, and that two of ten requests per second go at once, were recorded from QEMU 7.2.
public sealed class ThrottleTests
{
    private TestLayer _layer = null!;

    [SetUp]
    public void SetUp() => _layer = new TestLayer();

    [TearDown]
    public void TearDown() => _layer.Dispose();

    [Test]
    public Task Requests_wait_for_the_rate() => _layer.Run(async () =>
    {
        Group("g", new ThrottleLimits { IopsTotal = 10 });
        BlockBackend backend = await Open("t", "g");
        Task[] reads = [.. Enumerable.Range(0, 4).Select(i => backend.ReadAsync(0, new byte[512]).AsTask())];
        await Settle();
        Assert.That(reads.Count(r => r.IsCompleted), Is.EqualTo(2));
        await Advance(99);
        Assert.That(reads.Count(r => r.IsCompleted), Is.EqualTo(2));
        await Advance(1);
        Assert.That(reads.Count(r => r.IsCompleted), Is.EqualTo(3));
        await Advance(100);
        await Task.WhenAll(reads);
    });

    [Test]
    public Task Bytes_of_both_directions_count_against_a_total() => _layer.Run(async () =>
    {
        Group("g", new ThrottleLimits { BpsTotal = 65536, BpsTotalMax = 131072 });
        BlockBackend backend = await Open("t", "g");
        await backend.WriteAsync(0, new byte[131072]);
        await backend.ReadAsync(0, new byte[1]);
        Task third = backend.WriteAsync(0, new byte[1]).AsTask();
        await Settle();
        Assert.That(third.IsCompleted, Is.False);
        await Advance(1);
        await third;
    });

    [Test]
    public Task Nodes_of_a_group_take_turns() => _layer.Run(async () =>
    {
        Group("g", new ThrottleLimits { IopsTotal = 10 });
        BlockBackend first = await Open("a", "g");
        BlockBackend second = await Open("b", "g");
        await first.ReadAsync(0, new byte[1]);
        await first.ReadAsync(0, new byte[1]);
        List<string> order = [];
        Task[] reads = [Note(first, "a1"), Note(first, "a2"), Note(second, "b1"), Note(second, "b2")];
        for (int i = 0; i < 4; i++)
        {
            await Advance(100);
        }

        await Task.WhenAll(reads);
        Assert.That(order, Is.EqualTo(new[] { "b1", "a1", "b2", "a2" }));

        async Task Note(BlockBackend backend, string name)
        {
            await backend.ReadAsync(0, new byte[1]);
            order.Add(name);
        }
    });

    [Test]
    public Task A_drained_section_holds_nothing_back() => _layer.Run(async () =>
    {
        Group("g", new ThrottleLimits { IopsTotal = 1 });
        BlockBackend backend = await Open("t", "g");
        Task[] reads = [.. Enumerable.Range(0, 5).Select(i => backend.ReadAsync(0, new byte[512]).AsTask())];
        await backend.Node.DrainBeginAsync();
        await Task.WhenAll(reads);
        backend.Node.DrainEnd();
    });

    [Test]
    public Task New_limits_apply_to_those_who_wait_when_their_old_time_has_come() => _layer.Run(async () =>
    {
        ThrottleGroup group = Group("g", new ThrottleLimits { IopsTotal = 1 });
        BlockBackend backend = await Open("t", "g");
        Task[] reads = [.. Enumerable.Range(0, 5).Select(i => backend.ReadAsync(0, new byte[512]).AsTask())];
        await Settle();
        group.SetLimits(new ThrottleLimits { IopsTotal = 0 });
        await Settle();
        Assert.That(reads.Count(static read => read.IsCompleted), Is.EqualTo(1));
        await Advance(1000);
        Assert.That(reads, Is.All.Property(nameof(Task.IsCompleted)).True);
        Assert.That(group.IsInUse, Is.True);
    });

    [Test]
    public Task Backends_of_a_group_share_its_limits_and_make_it_while_they_use_it() => _layer.Run(async () =>
    {
        BlockBackend first = await OpenPlain("a");
        BlockBackend second = await OpenPlain("b");
        ThrottleGroups groups = _layer.Layer.ThrottleGroups;
        groups.Limit(first, "g", new ThrottleLimits { IopsTotal = 10 });
        groups.Limit(second, "g", new ThrottleLimits { IopsTotal = 10 });
        await first.ReadAsync(0, new byte[1]);
        await first.ReadAsync(0, new byte[1]);
        Task waiting = second.WriteZeroesAsync(0, 1).AsTask();
        Task discard = second.DiscardAsync(0, 512).AsTask();
        await Settle();
        Assert.That(waiting.IsCompleted, Is.False);
        Assert.That(discard.IsCompleted, Is.True);
        await Advance(100);
        await waiting;
        first.SetThrottle(null);
        Assert.That(groups.Find("g"), Is.Not.Null);
        second.SetThrottle(null);
        Assert.That(groups.Find("g"), Is.Null);
    });

    [Test]
    public Task A_backend_that_leaves_or_is_drained_is_not_held_back() => _layer.Run(async () =>
    {
        BlockBackend backend = await OpenPlain("a");
        ThrottleGroups groups = _layer.Layer.ThrottleGroups;
        groups.Limit(backend, "g", new ThrottleLimits { IopsTotal = 1 });
        await Five(backend.Node.DrainBeginAsync);
        backend.Node.DrainEnd();
        await Five(() =>
        {
            backend.SetThrottle(null);
            return default;
        });

        async Task Five(Func<ValueTask> end)
        {
            Task[] reads = [.. Enumerable.Range(0, 5).Select(i => backend.ReadAsync(0, new byte[512]).AsTask())];
            await Settle();
            Assert.That(reads, Has.Some.Property(nameof(Task.IsCompleted)).False);
            await end();
            await Task.WhenAll(reads);
        }
    });

    [Test]
    public Task New_limits_of_a_backend_apply_at_once() => _layer.Run(async () =>
    {
        BlockBackend backend = await OpenPlain("a");
        ThrottleGroups groups = _layer.Layer.ThrottleGroups;
        groups.Limit(backend, "g", new ThrottleLimits { IopsTotal = 1 });
        Task[] reads = [.. Enumerable.Range(0, 5).Select(i => backend.ReadAsync(0, new byte[512]).AsTask())];
        await Settle();
        Assert.That(reads.Count(static read => read.IsCompleted), Is.EqualTo(1));
        groups.Limit(backend, "g", new ThrottleLimits { BpsTotal = 1 << 30 });
        await Task.WhenAll(reads);
    });

    [TestCase("{'iops-total':10,'iops-read':5}", "bps/iops/max total values and read/write values cannot be used at the same time")]
    [TestCase("{'iops-total-max':10}", "bps_max/iops_max require corresponding bps/iops values")]
    [TestCase("{'iops-size':10}", "iops size requires an iops value to be set")]
    [TestCase("{'iops-total':1000000000000001}", "bps/iops/max values must be within [0, 1000000000000000]")]
    [TestCase("{'iops-total':-1}", "bps/iops/max values must be within [0, 1000000000000000]")]
    [TestCase("{'iops-total':10,'iops-total-max':5}", "bps_max/iops_max cannot be lower than bps/iops")]
    [TestCase("{'iops-total':10,'iops-total-max':20,'iops-total-max-length':0}", "the burst length cannot be 0")]
    [TestCase("{'iops-total':10,'iops-total-max-length':3}", "burst length set without burst rate")]
    [TestCase("{'iops-total':10,'iops-total-max':1000000000000,'iops-total-max-length':3000000}", "burst length too high for this burst rate")]
    [TestCase("{'iops-total':10,'iops-total-max':20,'iops-total-max-length':4294967296}", "iops-total-max-length value must be in the range [0, 4294967295]")]
    public void Limits_must_make_sense(string limits, string message)
    {
        var values = (QDict)QmpHost.Qapi.Json.JsonParser.Parse(System.Text.Encoding.UTF8.GetBytes(limits));
        var parsed = new ThrottleLimits
        {
            IopsTotal = Get("iops-total"),
            IopsRead = Get("iops-read"),
            IopsTotalMax = Get("iops-total-max"),
            IopsTotalMaxLength = Get("iops-total-max-length"),
            IopsSize = Get("iops-size"),
        };
        Assert.That(() => Group("g", parsed), Throws.TypeOf<QmpException>().With.Message.EqualTo(message));

        long? Get(string name) => values.TryGetValue(name, out QObject? value) && value is QNum number && number.TryGetInt64(out long result) ? result : null;
    }

    [Test]
    public Task A_group_must_exist() => _layer.Run(async () =>
    {
        QmpException? failure = null;
        try
        {
            await Open("t", "nog");
        }
        catch (QmpException e)
        {
            failure = e;
        }

        Assert.That(failure?.Message, Is.EqualTo("Throttle group 'nog' does not exist"));
        Assert.That(_layer.Graph.Nodes, Is.Empty);
    });

    private ThrottleGroup Group(string name, ThrottleLimits limits)
        => _layer.Layer.ThrottleGroups.Create(name, limits);

    private async Task<BlockBackend> OpenPlain(string name)
        => _layer.Backend(await _layer.Graph.OpenAsync(TestLayer.Null(name)), BlockPermissions.ConsistentRead | BlockPermissions.Write);

    private async Task<BlockBackend> Open(string name, string group)
    {
        BlockNode node = await _layer.Graph.OpenAsync(new BlockdevOptions.Throttle
        {
            NodeName = name,
            ThrottleGroup = group,
            File = new BlockdevRef.Definition(TestLayer.Null(null)),
        });
        return _layer.Backend(node, BlockPermissions.ConsistentRead | BlockPermissions.Write);
    }

    private async Task Advance(int milliseconds)
    {
        _layer.Clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
        await Settle();
    }

    private async Task Settle()
    {
        for (int i = 0; i < 10; i++)
        {
            await _layer.Loop.YieldAsync();
        }
    }
}
