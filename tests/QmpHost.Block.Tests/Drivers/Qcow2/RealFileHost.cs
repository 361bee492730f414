using NUnit.Framework;
using QmpHost.Block.Graph;
using QmpHost.Block.Loop;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Drivers.Qcow2;

/// <summary>A block layer with the system's files.</summary>
internal sealed class RealFileHost : IQapiEventSink
{
    private readonly List<Exception> _unhandled = [];

    private RealFileHost()
    {
        Loop.UnhandledException += _unhandled.Add;
        Layer = new BlockLayer(Loop, TimeProvider.System, this, VersionProfile.Default);
    }

    public EventLoop Loop { get; } = new();

    public BlockLayer Layer { get; }

    public BlockGraph Graph => Layer.Graph;

    public void Emit(QapiEvent qapiEvent)
    {
    }

    public static void Run(Func<RealFileHost, Task> work)
    {
        var host = new RealFileHost();
        host.Loop.InvokeAsync(() => work(host)).WaitAsync(TimeSpan.FromSeconds(120)).GetAwaiter().GetResult();
        Assert.That(host._unhandled, Is.Empty);
        Assert.That(host.Graph.Nodes, Is.Empty);
    }

    public async Task CreateAsync(string file, long size, Func<BlockdevCreateOptionsQcow2, BlockdevCreateOptionsQcow2> change)
    {
        var options = new BlockdevCreateOptionsQcow2 { File = Qcow2Host.FileRef(file), Size = (ulong)size };
        await Graph.Drivers.Find(BlockdevDriver.Qcow2)!.CreateImage!(
            Graph, BlockdevCreateOptions.Of(BlockdevDriver.Qcow2, change(options)), CancellationToken.None);
    }

    public async Task<BlockBackend> OpenAsync(string file, Func<BlockdevOptionsQcow2, BlockdevOptionsQcow2>? more = null)
    {
        BlockNode node = await Graph.OpenAsync(Qcow2Host.Qcow2Options(file, more: more) with { NodeName = "n" });
        var backend = new BlockBackend(
            Graph, "test", BlockPermissions.ConsistentRead | BlockPermissions.Write | BlockPermissions.Resize, BlockPermissions.All);
        backend.Insert(node);
        await Graph.UnrefAsync(node);
        return backend;
    }
}
