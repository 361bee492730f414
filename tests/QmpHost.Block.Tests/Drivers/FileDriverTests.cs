using Microsoft.Win32.SafeHandles;
using NUnit.Framework;
using QmpHost.Block.Drivers.PosixFile;
using QmpHost.Block.Graph;
using QmpHost.Block.Tests.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Drivers;

// The messages were recorded from QEMU 7.2.
public sealed class FileDriverTests
{
    private const BlockPermissions Reading = BlockPermissions.ConsistentRead;
    private const BlockPermissions Writing = BlockPermissions.ConsistentRead | BlockPermissions.Write;
    private const BlockPermissions NoResize = BlockPermissions.All & ~BlockPermissions.Resize;

    private TestLayer _layer = null!;

    [SetUp]
    public void SetUp() => _layer = new TestLayer();

    [TearDown]
    public void TearDown() => _layer.Dispose();

    [Test]
    public Task What_cannot_be_opened_is_named() => _layer.Run(async () =>
    {
        await AssertFails(TestLayer.File("x", "/nonexistent/x"), "Could not open '/nonexistent/x': No such file or directory");
        await AssertFails(TestLayer.File("x", _layer.Folder), $"Could not open '{_layer.Folder}': Is a directory");
        await AssertFails(TestLayer.File("x", _layer.Folder, readOnly: true), $"'file' driver requires '{_layer.Folder}' to be a regular file");
        await AssertFails(TestLayer.File("x", "/dev/null"), "'file' driver requires '/dev/null' to be a regular file");
        await AssertFails(TestLayer.File("x", ""), "The 'file' block driver requires a file name");
        await AssertFails(
            TestLayer.File("x", "/proc/version", readOnly: true) with { Cache = new BlockdevCacheOptions { Direct = true } },
            "Could not open '/proc/version': filesystem does not support O_DIRECT");
        await AssertFails(
            (BlockdevOptions.File)TestLayer.File("x", "") with
            {
                Filename = _layer.NewFile("a", 512),
                Aio = BlockdevAioOptions.Native,
            },
            "aio=native was specified, but it requires cache.direct=on, which was not specified.");
        Assert.That(_layer.Graph.Nodes, Is.Empty);
    });

    [Test]
    public Task Locks_keep_two_writers_apart() => _layer.Run(async () =>
    {
        string path = _layer.NewFile("a", 1 << 20);
        BlockNode first = await _layer.Graph.OpenAsync(TestLayer.File("first", path));
        BlockNode second = await _layer.Graph.OpenAsync(TestLayer.File("second", path));
        BlockBackend writer = _layer.Backend(first, Writing, BlockPermissions.ConsistentRead | BlockPermissions.WriteUnchanged);
        Assert.That(() => _layer.Backend(second, Writing), Throws.TypeOf<QmpException>().With.Message.EqualTo("Failed to get \"write\" lock"));
        Assert.That(
            () => _layer.Backend(second, Reading, NoResize & ~BlockPermissions.Write),
            Throws.TypeOf<QmpException>().With.Message.EqualTo("Failed to get shared \"write\" lock"));
        BlockBackend reader = _layer.Backend(second, Reading);
        Assert.That(
            () => reader.SetPermissions(Writing, BlockPermissions.All),
            Throws.TypeOf<QmpException>().With.Message.EqualTo("Failed to get \"write\" lock"));
        await writer.RemoveAsync();
        reader.SetPermissions(Writing, BlockPermissions.All);
        await reader.RemoveAsync();
    });

    /// <summary>As in a process that is being started: it has a copy of the descriptor until its program begins.</summary>
    [Test]
    public void A_copy_of_the_descriptor_does_not_keep_the_locks_of_a_closed_file()
    {
        string path = _layer.NewFile("a", 512);
        FileSet Open()
        {
            var files = new FileSet(path, direct: false, locking: true, new DescriptorSets());
            files.Open(writable: true);
            files.Prepare(Writing, Reading, needsWritable: true);
            files.Commit();
            return files;
        }

        FileSet first = Open();
        using SafeFileHandle? copy = NativeFile.Duplicate(first.Handle, NativeFile.OpenReadWrite);
        first.Close();

        FileSet second = Open();
        second.Close();
        Assert.That(copy, Is.Not.Null);
    }

    [Test]
    public Task Locks_are_left_alone_if_told_so() => _layer.Run(async () =>
    {
        string path = _layer.NewFile("a", 1 << 20);
        BlockNode first = await _layer.Graph.OpenAsync(TestLayer.File("first", path));
        BlockNode second = await _layer.Graph.OpenAsync((BlockdevOptions.File)TestLayer.File("second", path) with
        {
            Locking = OnOffAuto.Off,
        });
        _layer.Backend(first, Writing, Reading);
        Assert.That(() => _layer.Backend(second, Writing), Throws.Nothing);
    });

    [Test]
    public Task A_file_becomes_writable_with_its_first_writer() => _layer.Run(async () =>
    {
        string path = _layer.NewFile("a", 4096);
        BlockNode node = await _layer.Graph.OpenAsync(TestLayer.File("n", path) with { AutoReadOnly = true });
        Assert.That(node.ReadOnly, Is.False);
        BlockBackend backend = _layer.Backend(node, Reading);
        await backend.ReadAsync(0, new byte[512]);
        backend.SetPermissions(Writing, BlockPermissions.ConsistentRead);
        await backend.WriteAsync(0, new byte[] { 1, 2, 3 });
        backend.SetPermissions(Reading, BlockPermissions.All);
        byte[] read = new byte[3];
        await backend.ReadAsync(0, read);
        Assert.That(read, Is.EqualTo(new byte[] { 1, 2, 3 }));
        BlockNode other = await _layer.Graph.OpenAsync(TestLayer.File("other", path));
        Assert.That(() => _layer.Backend(other, Writing, BlockPermissions.ConsistentRead), Throws.Nothing);
    });

    [TestCase(1)]
    [TestCase(1000)]
    [TestCase(65535)]
    public Task Data_ends_where_the_hole_begins_wherever_the_question_began(int offset) => _layer.Run(async () =>
    {
        BlockNode node = await _layer.Graph.OpenAsync(TestLayer.File("n", _layer.NewFile("a", 1 << 20)));
        await _layer.Backend(node, Writing).WriteAsync(0, new byte[64 << 10]);
        Assert.That((await StatusAt(node, offset)).Bytes, Is.EqualTo((64 << 10) - offset));
    });

    [Test]
    public Task Holes_and_data_are_told_apart() => _layer.Run(async () =>
    {
        BlockNode node = await _layer.Graph.OpenAsync(TestLayer.File("n", _layer.NewFile("a", 1 << 20)));
        BlockBackend backend = _layer.Backend(node, Writing);
        await backend.WriteAsync(128 << 10, new byte[64 << 10]);
        Assert.That(await StatusAt(node, 0), Is.EqualTo(new BlockStatus(BlockStatusFlags.Zero | BlockStatusFlags.Allocated | BlockStatusFlags.OffsetValid, 128 << 10, 0, node)));
        Assert.That(await StatusAt(node, 128 << 10), Is.EqualTo(new BlockStatus(BlockStatusFlags.Data | BlockStatusFlags.Allocated | BlockStatusFlags.OffsetValid, 64 << 10, 128 << 10, node)));
        await backend.DiscardAsync(128 << 10, 64 << 10);
        Assert.That((await StatusAt(node, 0)).Bytes, Is.EqualTo(1 << 20));
        await backend.WriteZeroesAsync(0, 64 << 10);
        await backend.WriteZeroesAsync(64 << 10, 64 << 10, RequestFlags.MayUnmap);
        await backend.FlushAsync();
        byte[] read = new byte[1 << 20];
        await backend.ReadAsync(0, read);
        Assert.That(read, Is.All.Zero);
    });

    [Test]
    public Task A_length_that_is_no_multiple_of_512_is_rounded_up() => _layer.Run(async () =>
    {
        string path = _layer.NewFile("a", 1000);
        BlockNode node = await _layer.Graph.OpenAsync(TestLayer.File("n", path));
        Assert.That(node.Length, Is.EqualTo(1024));
        BlockBackend backend = _layer.Backend(node, Writing);
        await backend.ReadAsync(1, new byte[1023]);
        await backend.WriteAsync(0, new byte[1024]);
        Assert.That(new FileInfo(path).Length, Is.EqualTo(1024));
    });

    [Test]
    public Task Requests_bypass_the_page_cache_if_told_so() => _layer.Run(async () =>
    {
        string path = Path.Combine(TestContext.CurrentContext.WorkDirectory, Path.GetRandomFileName());
        using (FileStream file = System.IO.File.Create(path))
        {
            file.SetLength(1 << 20);
        }

        try
        {
            BlockNode node = await _layer.Graph.OpenAsync(TestLayer.File("n", path) with { Cache = new BlockdevCacheOptions { Direct = true } });
            BlockBackend backend = _layer.Backend(node, Writing);
            byte[] data = [.. Enumerable.Range(0, 10000).Select(i => (byte)(i * 7))];
            await backend.WriteAsync(12345, data);
            byte[] read = new byte[10000];
            await backend.ReadAsync(12345, read);
            Assert.That(read, Is.EqualTo(data));
            await backend.RemoveAsync();
            await _layer.Graph.UnrefAsync(node);
        }
        finally
        {
            System.IO.File.Delete(path);
        }
    });

    [Test]
    public Task Files_are_created() => _layer.Run(async () =>
    {
        string path = Path.Combine(_layer.Folder, "new");
        await Create(path, 1025, PreallocMode.Off);
        Assert.That(new FileInfo(path).Length, Is.EqualTo(1025));
        await Create(path, 8192, PreallocMode.Full);
        Assert.That(new FileInfo(path).Length, Is.EqualTo(8192));
        await Create(path, 4096, PreallocMode.Falloc);
        Assert.That(new FileInfo(path).Length, Is.EqualTo(4096));
        await AssertCannotCreate(path, 512, PreallocMode.Metadata, "Unsupported preallocation mode: metadata");
        await AssertCannotCreate("/nonexistent/x", 512, PreallocMode.Off, "Could not create '/nonexistent/x': No such file or directory");
        await AssertCannotCreate(_layer.Folder, 512, PreallocMode.Off, $"Could not create '{_layer.Folder}': Is a directory");
        await AssertCannotCreate(path, 1UL << 63, PreallocMode.Off, "Could not resize file: Invalid argument");
        BlockNode node = await _layer.Graph.OpenAsync(TestLayer.File("n", path));
        _layer.Backend(node, Writing, Reading);
        await AssertCannotCreate(path, 512, PreallocMode.Off, "Failed to get \"write\" lock");
    });

    private async Task AssertCannotCreate(string path, ulong size, PreallocMode mode, string message)
    {
        QmpException? failure = null;
        try
        {
            await Create(path, size, mode);
        }
        catch (QmpException e)
        {
            failure = e;
        }

        Assert.That(failure?.Message, Is.EqualTo(message));
    }

    private static async Task<BlockStatus> StatusAt(BlockNode node, long offset)
    {
        BlockStatus status = await node.Parents[0].GetBlockStatusAsync(wantZero: true, offset, node.Length - offset);
        return status with { Flags = status.Flags & ~BlockStatusFlags.Eof };
    }

    private async Task AssertFails(BlockdevOptions options, string message)
    {
        QmpException? failure = null;
        try
        {
            await _layer.Graph.OpenAsync(options);
        }
        catch (QmpException e)
        {
            failure = e;
        }

        Assert.That(failure?.Message, Is.EqualTo(message));
    }

    private async Task Create(string path, ulong size, PreallocMode preallocation)
        => await _layer.Graph.Drivers.Find(BlockdevDriver.File)!.CreateImage!(
            _layer.Graph,
            new BlockdevCreateOptions.File
            {
                Filename = path,
                Size = size,
                Preallocation = preallocation,
            },
            CancellationToken.None);
}
