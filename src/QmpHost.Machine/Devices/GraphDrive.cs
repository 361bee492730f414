using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Machine.Devices;

/// <summary>A drive that is a backend of a node graph.</summary>
internal sealed class GraphDrive : IDrive
{
    private readonly BlockGraph _graph;
    private readonly BlockBackend _backend;

    internal GraphDrive(BlockGraph graph, IBackendDevice device, BlockNode? node)
    {
        _graph = graph;
        _backend = new BlockBackend(graph, $"block device '{device.IdOrPath}'", BlockPermissions.None, BlockPermissions.All) { Device = device };
        if (node is not null)
        {
            _backend.Insert(node);
        }

        graph.AddBackend(_backend);
    }

    internal GraphDrive(BlockGraph graph, IBackendDevice device, BlockBackend named)
    {
        if (named.Device is not null)
        {
            throw new QmpException($"Drive '{named.Name}' is already in use by another device");
        }

        _graph = graph;
        _backend = named;
        named.Device = device;
    }

    public string NodeName => _backend.Name.Length > 0 ? _backend.Name : _backend.Root?.Node.NodeName ?? "";

    public string Name => _backend.Name;

    public bool HasMedium => _backend.Root is not null;

    public bool IsWritable => _backend.Root is { } root && !root.Node.ReadOnly;

    public long Length => _backend.Root?.Node.Length ?? 0;

    public void Claim(bool write, bool shareWrite, bool shareResize)
    {
        BlockPermissions used = BlockPermissions.ConsistentRead | (write ? BlockPermissions.Write : BlockPermissions.None);
        BlockPermissions shared = BlockPermissions.ConsistentRead | BlockPermissions.WriteUnchanged
            | (shareWrite ? BlockPermissions.Write : BlockPermissions.None)
            | (shareResize ? BlockPermissions.Resize : BlockPermissions.None);
        _backend.SetPermissions(used, shared);
    }

    public void Release() => _backend.SetPermissions(BlockPermissions.None, BlockPermissions.All);

    public void Configure(bool? writeCache, string onWriteError, string onReadError)
    {
        _backend.HasWriteCache = writeCache ?? _backend.HasWriteCache;
        _backend.OnWriteError = Action(onWriteError) ?? _backend.OnWriteError;
        _backend.OnReadError = Action(onReadError) ?? _backend.OnReadError;
    }

    public void Account(bool? invalid, bool? failed)
    {
        _backend.Accounting.CountsInvalid = invalid ?? _backend.Accounting.CountsInvalid;
        _backend.Accounting.CountsFailed = failed ?? _backend.Accounting.CountsFailed;
    }

    public void MoveTo(IBackendDevice device) => _backend.Device = device;

    private static BlockdevOnError? Action(string text)
        => text != "auto" && BlockdevOnErrorEnum.TryParse(text, out BlockdevOnError action) ? action : null;

    public ValueTask SwitchAsync(string nodeName) => _backend.SwitchAsync(_graph.LookUp("", nodeName));

    public async ValueTask CloseAsync()
    {
        await _backend.RemoveAsync();
        _graph.RemoveBackend(_backend);
    }
}
