using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using QmpHost.Block.Drivers.Qcow2;
using QmpHost.Block.Drivers.Qcow2.Checking;
using QmpHost.Block.Graph;
using QmpHost.Block.Loop;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Drivers.Qcow2;

/// <summary>A block layer whose files are in memory.</summary>
internal sealed class Qcow2Host : IQapiEventSink
{
    private readonly List<Exception> _unhandled = [];
    private readonly MemoryDriverDescriptor _files = new();

    public Qcow2Host()
    {
        Loop.UnhandledException += _unhandled.Add;
        Layer = new BlockLayer(Loop, Clock, this, VersionProfile.Default);
        Layer.Graph.Drivers.Register(_files.Table);
    }

    public EventLoop Loop { get; } = new();

    public FakeTimeProvider Clock { get; } = new();

    public BlockLayer Layer { get; }

    public BlockGraph Graph => Layer.Graph;

    public List<QapiEvent> Events { get; } = [];

    public Dictionary<string, MemoryDisk> Disks => _files.Disks;

    public void Emit(QapiEvent qapiEvent) => Events.Add(qapiEvent);

    /// <summary>Runs a test's work on the loop of a new host.</summary>
    public static void Run(Func<Qcow2Host, Task> work)
    {
        var host = new Qcow2Host();
        host.Loop.InvokeAsync(() => work(host)).WaitAsync(TimeSpan.FromSeconds(120)).GetAwaiter().GetResult();
        Assert.That(host._unhandled, Is.Empty);
    }

    public static BlockdevRef FileRef(string name) => new BlockdevRef.Definition(FileOptions(name));

    /// <summary>A backing disk, as a raw image: for a file defined right there, the name in the image's header would count too.</summary>
    public static BlockdevRefOrNull BackingRef(string name) => new BlockdevRefOrNull.Definition(new BlockdevOptions.Raw
    {
        ReadOnly = true,
        File = FileRef(name),
    });

    public static BlockdevOptions FileOptions(string name) => new BlockdevOptions.File
    {
        Discard = BlockdevDiscardOptions.Unmap,
        Filename = name,
    };

    public static BlockdevOptions Qcow2Options(string disk, bool readOnly = false, Func<BlockdevOptionsQcow2, BlockdevOptionsQcow2>? more = null)
    {
        var branch = new BlockdevOptionsQcow2 { File = FileRef(disk) };
        return BlockdevOptions.Of(BlockdevDriver.Qcow2, more is null ? branch : more(branch), nodeName: "n-" + disk, readOnly: readOnly, discard: BlockdevDiscardOptions.Unmap);
    }

    /// <summary>Makes an image in a new disk, which notes in a log how.</summary>
    public async Task<MemoryDisk> CreateAsync(
        string disk, long size, Func<BlockdevCreateOptionsQcow2, BlockdevCreateOptionsQcow2>? more = null, List<DiskOperation>? log = null)
    {
        var file = new MemoryDisk { Log = log };
        await CreateAsync(disk, size, more, file);
        return file;
    }

    /// <summary>Makes an image in a disk.</summary>
    public async Task CreateAsync(string disk, long size, Func<BlockdevCreateOptionsQcow2, BlockdevCreateOptionsQcow2>? more, MemoryDisk file)
    {
        Disks[disk] = file;
        var options = new BlockdevCreateOptionsQcow2 { File = FileRef(disk), Size = (ulong)size };
        await Graph.Drivers.Find(BlockdevDriver.Qcow2)!.CreateImage!(
            Graph,
            BlockdevCreateOptions.Of(BlockdevDriver.Qcow2, more is null ? options : more(options)),
            CancellationToken.None);
    }

    /// <summary>Opens an image and a backend that may do everything with it.</summary>
    public async Task<BlockBackend> OpenAsync(
        string disk, bool readOnly = false, Func<BlockdevOptionsQcow2, BlockdevOptionsQcow2>? more = null, string? nodeName = null)
    {
        BlockdevOptions options = Qcow2Options(disk, readOnly, more);
        BlockNode node = await Graph.OpenAsync(nodeName is null ? options : options with { NodeName = nodeName });
        BlockPermissions used = readOnly ? BlockPermissions.ConsistentRead
            : BlockPermissions.ConsistentRead | BlockPermissions.Write | BlockPermissions.Resize;
        var backend = new BlockBackend(Graph, "test", used, BlockPermissions.All);
        backend.Insert(node);
        await Graph.UnrefAsync(node);
        return backend;
    }

    public static Qcow2Image ImageOf(BlockBackend backend) => ((Qcow2Driver)backend.Node.Driver).Image;

    /// <summary>Checks the image in a disk as it is.</summary>
    public async Task<CheckReport> CheckAsync(string disk, BlockdevRef? dataFile = null)
    {
        BlockBackend backend = await OpenAsync(
            disk, readOnly: true, o => o with { Backing = new BlockdevRefOrNull.Null(), DataFile = dataFile }, "check");
        CheckReport report = await Qcow2Check.RunAsync(ImageOf(backend));
        await backend.RemoveAsync();
        return report;
    }
}
