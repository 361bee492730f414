using System.Net.Sockets;
using QmpHost.Block.Loop;
using QmpHost.Nbd.Server;
using QmpHost.Net;
using QmpHost.Testing.Support;

namespace QmpHost.Nbd.Tests.Support;

/// <summary>A server on a loop of its own, reached over a unix socket in a folder of its own.</summary>
internal sealed class TestServer : INbdExportDirectory, IAsyncDisposable
{
    private readonly TestFolder _folder = new();

    private TestServer(IEnumerable<NbdExport> exports, TimeProvider clock, int maxConnections, bool knowsExtendedHeaders)
    {
        ExportList.AddRange(exports);
        Server = new NbdServer(Loop, clock, this)
        {
            MaxConnections = maxConnections,
            KnowsExtendedHeaders = knowsExtendedHeaders,
            Report = Reports.Add,
        };
        Loop.UnhandledException += Failures.Add;
    }

    public EventLoop Loop { get; } = new();

    public NbdServer Server { get; }

    public List<NbdExport> ExportList { get; } = [];

    public List<string> Reports { get; } = [];

    public List<Exception> Failures { get; } = [];

    public string Path => _folder.File("nbd.sock");

    public IEnumerable<NbdExport> Exports => ExportList;

    public NbdExport? Find(string name) => ExportList.Find(export => export.Name == name);

    public static async Task<TestServer> StartAsync(
        IEnumerable<NbdExport> exports, TimeProvider? clock = null, int maxConnections = 100, bool knowsExtendedHeaders = false)
    {
        var server = new TestServer(exports, clock ?? TimeProvider.System, maxConnections, knowsExtendedHeaders);
        SocketListener listener = SocketListener.Open(TestHost.UnixAddressOf(server.Path), backlog: 4096);
        await server.OnLoopAsync(() => server.Server.Listen(listener));
        return server;
    }

    public static Task<TestServer> StartAsync(INbdExportBackend disk, bool writable = true, bool knowsExtendedHeaders = false)
        => StartAsync([new NbdExport("", disk) { Writable = writable }], knowsExtendedHeaders: knowsExtendedHeaders);

    public async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path));
        return socket;
    }

    /// <summary>Runs something on the server's loop.</summary>
    public Task OnLoopAsync(Action action) => Loop.InvokeAsync(() =>
    {
        action();
        return Task.CompletedTask;
    });

    public async ValueTask DisposeAsync()
    {
        await Loop.InvokeAsync(Server.StopAsync);
        _folder.Dispose();
        Assert.That(Failures, Is.Empty);
    }
}
