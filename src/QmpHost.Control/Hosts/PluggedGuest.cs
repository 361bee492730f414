using QmpHost.Block;
using QmpHost.Block.Graph;
using QmpHost.Hosting;
using QmpHost.Hosting.Guests;
using QmpHost.Qapi;

namespace QmpHost.Control.Hosts;

/// <summary>A guest before a disk, and what it does there by itself. What it writes passes through the filters that jobs put above the node.</summary>
internal sealed class PluggedGuest
{
    private readonly BlockHost _host;
    private readonly BlockBackend? _own;

    private PluggedGuest(BlockHost host, GuestDisk disk, BlockBackend? own)
    {
        _host = host;
        Disk = disk;
        _own = own;
    }

    /// <summary>The disk as the guest sees it.</summary>
    public GuestDisk Disk { get; }

    /// <summary>The workload that was started last, or null.</summary>
    public GuestActivity? Activity { get; private set; }

    /// <summary>Plugs the guest in: into a device that has the disk, or, where a node has none, into the node.</summary>
    /// <param name="host">The host.</param>
    /// <param name="name">The name of a device or node.</param>
    /// <exception cref="QmpException">There is none, or others do not let a guest write to it.</exception>
    public static Task<PluggedGuest> PlugInAsync(BlockHost host, string name) => host.InvokeAsync(() =>
    {
        BlockGraph graph = host.Services.Layer.Graph;
        BlockNode node = graph.LookUp(name);
        BlockBackend? device = node.Parents.Select(static edge => edge.Parent).OfType<BlockBackend>()
            .FirstOrDefault(static backend => (backend.Used & BlockPermissions.Write) != 0 && (backend.Device is not null || backend.Name.Length > 0));
        if (device is not null)
        {
            return ValueTask.FromResult(new PluggedGuest(host, new GuestDisk(host, name, device), own: null));
        }

        var own = new BlockBackend(
            graph, "a guest", BlockPermissions.ConsistentRead | (node.ReadOnly ? BlockPermissions.None : BlockPermissions.Write), BlockPermissions.All);
        own.Insert(node);
        return ValueTask.FromResult(new PluggedGuest(host, new GuestDisk(host, name, own), own));
    });

    /// <summary>Has the guest work by itself, on the host's clock.</summary>
    /// <exception cref="InvalidOperationException">It does already.</exception>
    /// <exception cref="ArgumentException">The workload does not fit the disk.</exception>
    public GuestActivity Start(GuestWorkload workload)
    {
        if (Activity is { Completion.IsCompleted: false })
        {
            throw new InvalidOperationException($"Guest '{Disk.DeviceId}' is at work already.");
        }

        return Activity = Disk.Start(workload);
    }

    /// <summary>The workload that was started last.</summary>
    /// <exception cref="InvalidOperationException">None was.</exception>
    public GuestActivity WorkNow() => Activity ?? throw new InvalidOperationException($"Guest '{Disk.DeviceId}' has no workload.");

    /// <summary>Stops what the guest does and unplugs it.</summary>
    public async Task UnplugAsync()
    {
        if (Activity is not null)
        {
            await Activity.DisposeAsync();
        }

        if (_own is not null)
        {
            await _host.InvokeAsync(_own.DeleteAsync);
        }
    }
}
