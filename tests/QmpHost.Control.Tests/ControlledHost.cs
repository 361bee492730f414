using QmpHost.Block.Graph;
using QmpHost.Client;
using QmpHost.Hosting;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;

namespace QmpHost.Control.Tests;

/// <summary>A host with a client, for tests of what its control does.</summary>
internal sealed class ControlledHost : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string _folder = Directory.CreateTempSubdirectory("qmphost-control-").FullName;

    private ControlledHost(BlockHost host, QmpClient client)
    {
        Host = host;
        Client = client;
    }

    public BlockHost Host { get; private set; }

    public QmpClient Client { get; private set; }

    public HostControl Control => HostControl.Of(Host);

    public string Folder => _folder;

    public static async Task<ControlledHost> StartAsync(BlockHostOptions? options = null)
    {
        BlockHost host = await BlockHost.StartAsync(options);
        QmpClient client = await host.ConnectAsync();
        await client.NegotiateAsync();
        return new ControlledHost(host, client);
    }

    public async Task RestartAsync()
    {
        await Client.DisposeAsync();
        await Host.DisposeAsync();
        Host = await BlockHost.StartAsync(Host.Options);
        Client = await Host.ConnectAsync();
        await Client.NegotiateAsync();
    }

    public Task<QObject> ExecuteAsync(string command, string? arguments = null)
        => Client.ExecuteAsync(command, arguments is null ? null : (QDict)JsonParser.Parse(arguments)).WaitAsync(Patience);

    /// <summary>Adds a file of a size and the node "NAME" for it.</summary>
    public async Task AddFileAsync(string name, long size = 1 << 20)
    {
        string path = Path.Combine(_folder, name);
        if (!File.Exists(path))
        {
            using FileStream file = File.Create(path);
            file.SetLength(size);
        }

        await ExecuteAsync("blockdev-add", $"{{'driver':'file','node-name':'{name}','filename':'{path}'}}");
    }

    public async Task AddDisksAsync()
    {
        await AddFileAsync("disk");
        await AddFileAsync("copy");
    }

    public Task BackUpAsync(string options = "") => ExecuteAsync(
        "blockdev-backup", $"{{'job-id':'job','device':'disk','target':'copy','sync':'full','auto-dismiss':false{options}}}");

    public async Task<string> JobsAsync() => (await ExecuteAsync("query-jobs")).ToString();

    /// <summary>Plugs a guest into a node, above which jobs put their filters.</summary>
    public Task<BlockBackend> PlugInAsync(string node) => Host.Loop.InvokeAsync(() =>
    {
        var backend = new BlockBackend(Host.Services.Layer.Graph, "guest", BlockPermissions.Write, BlockPermissions.All);
        backend.Insert(Host.Services.Layer.Graph.LookUp(node));
        return Task.FromResult(backend);
    });

    public Task WriteAsync(BlockBackend guest, long offset, byte[] data) => Host.Loop.InvokeAsync(async () => await guest.WriteAsync(offset, data));

    /// <summary>Writes to a node as a guest would that is there only for that.</summary>
    public async Task WriteAsync(string node, long offset, byte[] data)
    {
        BlockBackend guest = await PlugInAsync(node);
        try
        {
            await WriteAsync(guest, offset, data);
        }
        finally
        {
            await Host.Loop.InvokeAsync(async () => await guest.DeleteAsync());
        }
    }

    public Task FlushAsync(string node) => Host.Loop.InvokeAsync(async () =>
    {
        var backend = new BlockBackend(Host.Services.Layer.Graph, "guest", BlockPermissions.Write, BlockPermissions.All);
        backend.Insert(Host.Services.Layer.Graph.LookUp(node));
        await backend.FlushAsync();
        await backend.DeleteAsync();
    });

    public byte[] Contents(string name) => File.ReadAllBytes(Path.Combine(_folder, name));

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Host.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
