using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using QmpHost.Block;
using QmpHost.Block.Exports;
using QmpHost.Block.Loop;
using QmpHost.Nbd.Client;
using QmpHost.Nbd.Exports;
using QmpHost.Net.Tls;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;
using QmpHost.Qapi.Schema;
using QmpHost.Testing.Support;

namespace QmpHost.Nbd.Tests.Support;

/// <summary>A block layer with exports and an NBD server, without monitors.</summary>
internal sealed class TestHost : IQapiEventSink, ITlsObjects, IBlockSurroundings, IAsyncDisposable
{
    private readonly TestFolder _folder = new();
    private readonly List<Exception> _failures = [];

    public TestHost(TimeProvider? clock = null, string profile = "7.2")
    {
        Loop.UnhandledException += _failures.Add;
        Clock = clock ?? new FakeTimeProvider();
        var release = new QemuRelease(profile[0] - '0', profile[2] - '0');
        Layer = new BlockLayer(new BlockContext(Loop, Clock, this, new VersionProfile(release)) { Surroundings = this });
        Layer.Graph.Drivers.Register(NbdDriver.Table(this));
        Nbd = new NbdExportKind(Layer.Graph, Layer.Exports, this) { Report = Reports.Add };
        Exports.Register(Nbd);
        SocketPath = _folder.File("nbd.sock");
    }

    public EventLoop Loop { get; } = new();

    public TimeProvider Clock { get; }

    public BlockLayer Layer { get; }

    public ExportManager Exports => Layer.Exports;

    public NbdExportKind Nbd { get; }

    public bool HasMachine => false;

    public long VirtualNanoseconds => 0;

    public List<QapiEvent> Events { get; } = [];

    public List<string> Reports { get; } = [];

    public HashSet<string> IOThreads { get; } = [];

    public Dictionary<string, TlsCredentials?> Credentials { get; } = [];

    public Dictionary<string, ITlsAuthorization> Authorizations { get; } = [];

    public string Folder => _folder.Path;

    public string SocketPath { get; }

    public string Uri => $"nbd+unix:///?socket={SocketPath}";

    public void Emit(QapiEvent qapiEvent) => Events.Add(qapiEvent);

    public bool HasObject(string id) => false;

    public ReadOnlyMemory<byte> GetSecret(string id) => throw new QmpException($"No secret with id '{id}'");

    public string? FindIOThread(string path) => IOThreads.Contains(path) ? path : null;

    public bool TryFindCredentials(string id, out TlsCredentials? credentials) => Credentials.TryGetValue(id, out credentials);

    public bool TryFindAuthorization(string id, out ITlsAuthorization? authorization) => Authorizations.TryGetValue(id, out authorization);

    public string File(string name) => _folder.File(name);

    /// <summary>Runs work on the loop.</summary>
    public Task Run(Func<Task> work)
        => Loop.InvokeAsync(async () => await Layer.Turns.RunAsync(async () => await work())).WaitAsync(TimeSpan.FromMinutes(2));

    /// <summary>Runs work on the loop.</summary>
    public Task Run(Action work) => Run(() =>
    {
        work();
        return Task.CompletedTask;
    });

    /// <summary>blockdev-add.</summary>
    public Task AddNodeAsync(string json) => Run(async () => await Layer.Graph.AddMonitorNodeAsync(Read(json, BlockdevOptions.Visit)));

    /// <summary>block-export-add.</summary>
    public Task AddExportAsync(string json) => Run(async () => await Exports.AddAsync(Read(json, BlockExportOptions.Visit)));

    /// <summary>nbd-server-start on the host's unix socket.</summary>
    public Task StartServerAsync(uint? maxConnections = null, string? credentials = null, string? authorization = null)
        => Run(() => Nbd.StartServer(UnixAddressOf(SocketPath), credentials, authorization, maxConnections));

    public static SocketAddress UnixAddressOf(string path)
        => new SocketAddress.Unix { Path = path };

    public T Read<T>(string json, Func<QapiInputVisitor, string?, QObject, T> visit) => visit(new QapiInputVisitor(Layer.Profile), null, JsonParser.Parse(json));

    public async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath));
        return socket;
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
}
