using QmpHost.Block.Core;
using QmpHost.Block.Drivers;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Drain;
using QmpHost.Block.Graph.Filenames;
using QmpHost.Block.Graph.Permissions;
using QmpHost.Block.Graph.Queries;
using QmpHost.Block.Loop;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Transactions;

/// <summary>
/// blockdev-snapshot and blockdev-snapshot-sync: puts an overlay above a disk, which is drained from here to the end of the
/// transaction and read-only afterwards.
/// </summary>
internal sealed class SnapshotStep : TransactionStep
{
    private readonly BlockGraph _graph;
    private readonly BlockdevSnapshot? _named;
    private readonly BlockdevSnapshotSync? _image;
    private DrainedNode? _drained;
    private BlockNode? _overlay;
    private IReadOnlyList<BlockChild>? _moved;
    private bool _isCommitted;

    /// <summary>A snapshot whose overlay is a node.</summary>
    public SnapshotStep(BlockGraph graph, BlockdevSnapshot options)
    {
        _graph = graph;
        _named = options;
    }

    /// <summary>A snapshot whose overlay is an image file.</summary>
    public SnapshotStep(BlockGraph graph, BlockdevSnapshotSync options)
    {
        _graph = graph;
        _image = options;
    }

    /// <inheritdoc/>
    public override async ValueTask PrepareAsync()
    {
        _drained = await DrainedNode.FindAsync(FindOld);
        BlockNode old = _drained.Node;
        if (!old.HasMedium)
        {
            throw new QmpException($"Device '{old.DeviceOrNodeName}' has no medium");
        }

        old.OpBlockers.Check(BlockOperation.ExternalSnapshot, old.DeviceOrNodeName);
        await FlushAsync(old);
        _overlay = _image is { } image ? await OpenAsync(old, image) : Find(_named!.Overlay);
        CheckOverlay(_overlay);
        if (!old.IsActive && _overlay.IsActive)
        {
            // A machine that was saved may get a snapshot while its disks are left to another process.
            await NodeActivation.LeaveAsync(_overlay);
        }

        await AppendAsync(old, _overlay);
    }

    /// <inheritdoc/>
    public override void Commit() => _isCommitted = true;

    /// <inheritdoc/>
    public override async ValueTask AbortAsync()
    {
        if (_moved is not null)
        {
            // Those who used the overlay before keep it. Without its backing link nothing forbids what was allowed before.
            await _graph.SetBackingAsync(_overlay!, null);
            await _graph.ReplaceNodeAsync(_overlay!, _drained!.Node, _moved.Contains);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask CleanAsync()
    {
        if (_drained is { } drained)
        {
            BlockNode old = drained.Node;
            if (_isCommitted && old is { IsActive: true, Io.CopyOnReadUsers: 0 })
            {
                await ReadOnlySwitch.TrySetAsync(old, readOnly: true);
            }

            await drained.DisposeAsync();
        }

        if (_overlay is { } overlay)
        {
            await _graph.UnrefAsync(overlay);
        }
    }

    private static async ValueTask FlushAsync(BlockNode old)
    {
        if (old.ReadOnly)
        {
            return;
        }

        try
        {
            await old.Io.FlushAsync();
        }
        catch (BlockIOException e)
        {
            throw new QmpException("An IO error has occurred", e);
        }
    }

    private static void CheckOverlay(BlockNode overlay)
    {
        // Who only writes, as a mirror that fills the overlay, does not see that there is more to it from now on.
        if ((PermissionUpdate.Cumulate(overlay).Used & BlockPermissions.ConsistentRead) != 0)
        {
            throw new QmpException("The overlay is already in use");
        }

        if (overlay.CowChild is not null)
        {
            throw new QmpException("The overlay already has a backing image");
        }

        if (overlay.Driver.Descriptor.IsFilter)
        {
            throw new QmpException("Filters cannot be used as overlays");
        }

        if (!overlay.Driver.Descriptor.SupportsBacking)
        {
            throw new QmpException("The overlay does not support backing images");
        }
    }

    private BlockNode FindOld()
        => _named is { } named ? _graph.LookUp(named.Node) : _graph.LookUp(_image!.Device ?? "", _image.NodeName ?? "");

    private BlockNode Find(string name)
    {
        BlockNode overlay = _graph.LookUp(name);
        _graph.Ref(overlay);
        return overlay;
    }

    private async ValueTask<BlockNode> OpenAsync(BlockNode old, BlockdevSnapshotSync image)
    {
        if (image.NodeName is not null && image.SnapshotNodeName is null)
        {
            throw new QmpException("New overlay node-name missing");
        }

        if (image.SnapshotNodeName is { } name && (_graph.FindNode(name) is not null || _graph.FindBackend(name) is not null))
        {
            throw new QmpException("New overlay node-name already in use");
        }

        string format = image.Format ?? "qcow2";
        if (image.Mode != NewImageMode.Existing)
        {
            await ImageMaker.CreateAsync(
                _graph, image.SnapshotFile, format, old.Length, NodeFilename.Of(old), old.Driver.Descriptor.Name);
        }

        NodeFlags flags = old.Flags with { ForceShare = false, DetectZeroes = BlockdevDetectZeroesOptions.Off };
        return await LateBacking.OpenAsync(_graph, image.SnapshotFile, format, image.SnapshotNodeName, flags);
    }

    private async ValueTask AppendAsync(BlockNode old, BlockNode overlay)
    {
        using ChangeDrain.Section change = _graph.ChangeDrain.Begin();
        await _graph.SetBackingAsync(overlay, old);
        try
        {
            BlockChild[] parents = [.. old.Parents];
            await _graph.ReplaceNodeAsync(old, overlay);
            _moved = [.. parents.Where(edge => edge.Node == overlay)];
        }
        catch
        {
            await _graph.SetBackingAsync(overlay, null);
            throw;
        }
    }
}
