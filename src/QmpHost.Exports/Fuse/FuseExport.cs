using QmpHost.Block.Exports;
using QmpHost.Block.Loop;

namespace QmpHost.Exports.Fuse;

/// <summary>A node that is seen in place of a regular file.</summary>
internal sealed class FuseExport : BlockExport
{
    private readonly FuseMount _mount;
    private readonly FuseSession _session;
    private Task? _ending;

    /// <summary>Makes an export of what is mounted.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="id">Its id.</param>
    /// <param name="disk">What the file shows.</param>
    /// <param name="mount">The mount.</param>
    /// <param name="path">The file, as it was named.</param>
    public FuseExport(FuseExportKind kind, string id, FuseDisk disk, FuseMount mount, string path)
        : base(kind, id, disk.Backend)
    {
        _mount = mount;
        Path = path;
        _session = new FuseSession(mount.Device, disk, disk.Backend.Graph.Context.Loop);
    }

    /// <summary>The file, as it was named.</summary>
    public string Path { get; }

    /// <summary>Whoever has the file open does not keep its export from being removed.</summary>
    public override bool HasClients => false;

    /// <inheritdoc/>
    public override long LastReceived => 0;

    /// <inheritdoc/>
    public override void AbortClients() => _session.End();

    /// <inheritdoc/>
    public override Task EndClientsAsync() => _ending ??= EndAsync();

    private async Task EndAsync()
    {
        _session.End();
        await EventLoop.OffloadAsync(_mount.Unmount);
        await _session.WhenIdleAsync();
    }
}
