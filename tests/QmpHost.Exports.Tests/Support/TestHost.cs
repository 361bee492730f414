using QmpHost.Block;
using QmpHost.Block.Exports;
using QmpHost.Block.Graph;
using QmpHost.Block.Loop;
using QmpHost.Exports.Fuse;
using QmpHost.Exports.VhostUser;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;
using QmpHost.Qapi.Schema;
using QmpHost.Testing.Support;

namespace QmpHost.Exports.Tests.Support;

/// <summary>A block layer with exports, without monitors.</summary>
internal sealed class TestHost : IQapiEventSink, IAsyncDisposable
{
    private readonly TestFolder _folder = new();
    private readonly List<Exception> _failures = [];

    public TestHost(string profile = "7.2")
    {
        Loop.UnhandledException += _failures.Add;
        string[] parts = profile.Split('.');
        var release = new QemuRelease(int.Parse(parts[0]), int.Parse(parts[1]));
        Layer = new BlockLayer(new BlockContext(Loop, TimeProvider.System, this, new VersionProfile(release)));
        Exports.Register(new VhostUserExportKind { Report = Report });
        Exports.Register(new FuseExportKind(Exports) { Report = Report });
    }

    public EventLoop Loop { get; } = new();

    public BlockLayer Layer { get; }

    public ExportManager Exports => Layer.Exports;

    public List<QapiEvent> Events { get; } = [];

    public List<string> Reports { get; } = [];

    public string SocketPath => File("sock");

    public void Emit(QapiEvent qapiEvent) => Events.Add(qapiEvent);

    public string File(string name) => _folder.File(name);

    /// <summary>Runs work in a main turn.</summary>
    public Task Run(Func<Task> work)
        => Loop.InvokeAsync(async () => await Layer.Turns.RunAsync(async () => await work())).WaitAsync(TimeSpan.FromMinutes(2));

    public Task AddNodeAsync(string json) => Run(async () => await Layer.Graph.AddMonitorNodeAsync(Read(json, BlockdevOptions.Visit)));

    public Task AddExportAsync(string json) => Run(async () => await Exports.AddAsync(Read(json, BlockExportOptions.Visit)));

    public Task RemoveExportAsync(string id) => Run(async () => await Exports.RemoveAsync(id, BlockExportRemoveMode.Safe));

    public Task ResizeAsync(string node, long size) => Run(async () => await BlockResize.RunAsync(Layer.Graph, null, node, size));

    /// <summary>A file of 1 MiB as node "n", exported to front ends as "e".</summary>
    public async Task ExportAsync(string options = "\"writable\": true")
    {
        await using (FileStream file = System.IO.File.Create(File("disk")))
        {
            file.SetLength(1048576);
        }

        await AddNodeAsync($$"""{"driver": "file", "node-name": "n", "filename": "{{File("disk")}}"}""");
        await AddExportAsync($$"""{"type": "vhost-user-blk", "id": "e", "node-name": "n", "addr": {"type": "unix", "path": "{{SocketPath}}"}, {{options}}}""");
    }

    public async ValueTask DisposeAsync()
    {
        await Run(async () =>
        {
            await Exports.CloseAsync();
            await Layer.Graph.CloseAllAsync();
        });
        _folder.Dispose();
        Assert.That(_failures, Is.Empty);
    }

    private T Read<T>(string json, Func<QapiInputVisitor, string?, QObject, T> visit) => visit(new QapiInputVisitor(Layer.Profile), null, JsonParser.Parse(json));

    private void Report(string text)
    {
        lock (Reports)
        {
            Reports.Add(text);
        }
    }
}
