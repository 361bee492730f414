using NUnit.Framework;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Tests.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Drivers;

// The messages were recorded from QEMU 7.2.
public sealed class BlkdebugTests
{
    private TestLayer _layer = null!;

    [SetUp]
    public void SetUp() => _layer = new TestLayer();

    [TearDown]
    public void TearDown() => _layer.Dispose();

    [Test]
    public Task An_error_is_injected_once_in_its_state() => _layer.Run(async () =>
    {
        BlockBackend backend = await Open(new BlockdevOptionsBlkdebug
        {
            Image = Image(),
            SetState = [new() { Event = BlkdebugEvent.Pwritev, State = 1, NewState = 2 }],
            InjectError = [new() { Event = BlkdebugEvent.Pwritev, State = 2, Errno = 28, Once = true }],
        });
        await backend.WriteAsync(0, new byte[512]);
        await AssertFails(backend.WriteAsync(0, new byte[512]), Errno.ENOSPC);
        await backend.WriteAsync(0, new byte[512]);
    });

    [Test]
    public Task An_error_hits_its_sector_and_kind_of_request_only() => _layer.Run(async () =>
    {
        BlockBackend backend = await Open(new BlockdevOptionsBlkdebug
        {
            Image = Image(),
            InjectError = [new() { Event = BlkdebugEvent.None, Sector = 4, Iotype = BlkdebugIOType.Read, Immediately = true }],
        });
        await backend.ReadAsync(0, new byte[2048]);
        await backend.WriteAsync(2048, new byte[512]);
        await AssertFails(backend.ReadAsync(0, new byte[2049]), Errno.EIO);
        await backend.ReadAsync(2049, new byte[1]);
        await backend.ReadAsync(2560, new byte[512]);
    });

    [Test]
    public Task A_request_is_held_at_a_breakpoint() => _layer.Run(async () =>
    {
        List<string> printed = [];
        _layer.Layer.Context.Reported += report => printed.Add(report.Text);
        BlockBackend backend = await Open(new BlockdevOptionsBlkdebug { Image = Image() });
        IDebugBreakpoints breakpoints = IDebugBreakpoints.Find(backend.Node)!;
        breakpoints.SetBreakpoint(BlkdebugEvent.Pwritev, "A");
        Task write = backend.WriteAsync(0, new byte[512]).AsTask();
        await _layer.Loop.YieldAsync();
        await breakpoints.WaitSuspendedAsync("A");
        await backend.WriteAsync(512, new byte[512]);
        Assert.That(write.IsCompleted, Is.False);
        Assert.That(breakpoints.Resume("A"), Is.True);
        await write;
        Assert.That(breakpoints.Resume("A"), Is.False);
        Assert.That(printed, Is.EqualTo(new[] { "blkdebug: Suspended request 'A'\n", "blkdebug: Resuming request 'A'\n" }));
    });

    [Test]
    public Task Who_waits_for_a_request_at_a_breakpoint_goes_on_when_there_is_one() => _layer.Run(async () =>
    {
        BlockBackend backend = await Open(new BlockdevOptionsBlkdebug { Image = Image() });
        IDebugBreakpoints breakpoints = IDebugBreakpoints.Find(backend.Node)!;
        breakpoints.SetBreakpoint(BlkdebugEvent.Pwritev, "A");
        Task wait = breakpoints.WaitSuspendedAsync("A").AsTask();
        Assert.That(wait.IsCompleted, Is.False);
        Task write = backend.WriteAsync(0, new byte[512]).AsTask();
        await wait;
        Assert.That(breakpoints.RemoveBreakpoint("A"), Is.False, "the breakpoint went when it held the request");
        await write;
    });

    [Test]
    public Task At_the_end_of_a_host_nothing_is_held_any_more() => _layer.Run(async () =>
    {
        BlockBackend backend = await Open(new BlockdevOptionsBlkdebug { Image = Image() });
        IDebugBreakpoints breakpoints = IDebugBreakpoints.Find(backend.Node)!;
        breakpoints.SetBreakpoint(BlkdebugEvent.Pwritev, "A");
        breakpoints.SetBreakpoint(BlkdebugEvent.Pwritev, "B");
        Task write = backend.WriteAsync(0, new byte[512]).AsTask();
        Task wait = breakpoints.WaitSuspendedAsync("C").AsTask();
        _layer.Layer.Graph.LetBreakpointsGo();
        await write;
        await wait;
        breakpoints.SetBreakpoint(BlkdebugEvent.Pwritev, "D");
        await backend.WriteAsync(0, new byte[512]);
    });

    [TestCase(3L, null, null, null, null, null, "Cannot meet constraints with align 3")]
    [TestCase(4294967296L, null, null, null, null, null, "Cannot meet constraints with align 4294967296")]
    [TestCase(4096L, 4097, null, null, null, null, "Cannot meet constraints with max-transfer 4097")]
    [TestCase(4096L, null, 512, null, null, null, "Cannot meet constraints with opt-write-zero 512")]
    [TestCase(4096L, null, 8192, 4096, null, null, "Cannot meet constraints with max-write-zero 4096")]
    [TestCase(4096L, null, null, null, 12, null, "Cannot meet constraints with opt-discard 12")]
    [TestCase(4096L, null, null, null, null, 12, "Cannot meet constraints with max-discard 12")]
    [TestCase(null, -512, null, null, null, null, "Parameter 'max-transfer' expects a non-negative number below 2^64")]
    public Task Limits_must_fit(long? align, int? transfer, int? optZero, int? maxZero, int? optDiscard, int? maxDiscard, string message)
        => _layer.Run(async () => await AssertCannotOpen(
            new BlockdevOptionsBlkdebug
            {
                Image = Image(),
                Align = align,
                MaxTransfer = transfer,
                OptWriteZero = optZero,
                MaxWriteZero = maxZero,
                OptDiscard = optDiscard,
                MaxDiscard = maxDiscard,
            },
            message));

    [TestCase("[inject-error]\nevent = \"foo\"\n", "invalid parameter value: foo")]
    [TestCase("[inject-error\n", "There is no option group 'inject-error\n'")]
    [TestCase("[other]\nx = \"5\"\n", "There is no option group 'other'")]
    [TestCase("[inject-error]\nevent = \"pwritev\"\nerrno = \"five\"\n", "Parameter 'errno' expects a number")]
    [TestCase("[inject-error]\nevent = \"pwritev\"\nbogus = \"five\"\n", "Invalid parameter 'bogus'")]
    [TestCase("# x\n[inject-error \"id\"]\n  event = pwritev\n", "invalid parameter value: ")]
    public Task Configuration_files_must_make_sense(string text, string message) => _layer.Run(async () =>
    {
        string path = Path.Combine(_layer.Folder, "conf");
        await System.IO.File.WriteAllTextAsync(path, text);
        await AssertCannotOpen(new BlockdevOptionsBlkdebug { Image = Image(), Config = path }, message);
    });

    [Test]
    public Task A_missing_configuration_file_is_an_error() => _layer.Run(() => AssertCannotOpen(
        new BlockdevOptionsBlkdebug { Image = Image(), Config = "/nonexistent" },
        "Could not read blkdebug config file: No such file or directory"));

    [Test]
    public Task A_configuration_file_with_a_null_character_in_its_name_is_missing() => _layer.Run(() => AssertCannotOpen(
        new BlockdevOptionsBlkdebug { Image = Image(), Config = "/nonexistent\0" },
        "Could not read blkdebug config file: No such file or directory"));

    [Test]
    public Task Rules_come_from_a_configuration_file() => _layer.Run(async () =>
    {
        string path = Path.Combine(_layer.Folder, "conf");
        await System.IO.File.WriteAllTextAsync(
            path,
            "[inject-error]\nevent = \"pwritev\"\nstate = \"2\"\nerrno = \"28\"\nonce = \"on\"\nsector = \"8\"\n\n[set-state]\nevent = \"pwritev\"\nstate = \"1\"\nnew_state = \"2\"\n");
        BlockBackend backend = await Open(new BlockdevOptionsBlkdebug { Image = Image(), Config = path });
        await backend.WriteAsync(4096, new byte[512]);
        await backend.WriteAsync(0, new byte[512]);
        await AssertFails(backend.WriteAsync(4096, new byte[512]), Errno.ENOSPC);
        await backend.WriteAsync(4096, new byte[512]);
    });

    [Test]
    public Task Permissions_are_taken_and_refused_as_told() => _layer.Run(async () =>
    {
        BlockNode disk = await _layer.Graph.OpenAsync(TestLayer.Null("n"));
        BlockNode first = await _layer.Graph.OpenAsync(Options(new BlockdevOptionsBlkdebug
        {
            Image = new BlockdevRef.Reference("n"),
            TakeChildPerms = [BlockPermission.Resize],
        }) with
        { NodeName = "first" });
        Assert.That(first.Children[0].Used, Is.EqualTo(BlockPermissions.Resize));
        await AssertCannotOpen(
            new BlockdevOptionsBlkdebug { Image = new BlockdevRef.Reference("n"), UnshareChildPerms = [BlockPermission.Resize] },
            "Permission conflict on node 'n': permissions 'resize' are both required by node 'first' (uses node 'n' as 'image' child) and unshared by node 'b' (uses node 'n' as 'image' child).");
        Assert.That(disk.Parents, Has.Count.EqualTo(1));
    });

    private static BlockdevRef.Definition Image() => new(TestLayer.Null(null));

    private static BlockdevOptions Options(BlockdevOptionsBlkdebug options)
        => BlockdevOptions.Of(BlockdevDriver.Blkdebug, options, nodeName: "b", discard: BlockdevDiscardOptions.Unmap);

    private static async Task AssertFails(ValueTask request, Errno errno)
    {
        BlockIOException? failure = null;
        try
        {
            await request;
        }
        catch (BlockIOException e)
        {
            failure = e;
        }

        Assert.That(failure?.Errno, Is.EqualTo(errno));
    }

    private async Task<BlockBackend> Open(BlockdevOptionsBlkdebug options)
        => _layer.Backend(await _layer.Graph.OpenAsync(Options(options)), BlockPermissions.ConsistentRead | BlockPermissions.Write);

    private async Task AssertCannotOpen(BlockdevOptionsBlkdebug options, string message)
    {
        int before = _layer.Graph.Nodes.Count;
        QmpException? failure = null;
        try
        {
            await _layer.Graph.OpenAsync(Options(options));
        }
        catch (QmpException e)
        {
            failure = e;
        }

        Assert.That(failure?.Message, Is.EqualTo(message));
        Assert.That(_layer.Graph.Nodes, Has.Count.EqualTo(before));
    }
}
