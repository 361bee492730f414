using QmpHost.Block.Graph;
using QmpHost.Machine.Devices;
using QmpHost.Qapi;

namespace QmpHost.Hosting.Guests;

/// <summary>Puts guests before disks. Used in main turns.</summary>
internal static class GuestPort
{
    /// <summary>Puts a guest before a node.</summary>
    /// <exception cref="QmpException">There is no such node, or it is used in a way that forbids a guest.</exception>
    public static async ValueTask<GuestDisk> AttachAsync(BlockHost host, string nodeName, string id)
    {
        if (host.Services.Devices is not { } devices || host.Options.Machine == "none")
        {
            return AttachBare(host, nodeName, id);
        }

        // As on the command line: the boards' first bus takes no devices later, but has them from the beginning.
        bool isStarted = devices.IsStarted;
        devices.IsStarted = false;
        try
        {
            var options = new QDict();
            options.Add("driver", new QString("virtio-blk-pci"));
            options.Add("id", new QString(id));
            options.Add("drive", new QString(nodeName));
            await devices.AddAsync(options);
        }
        finally
        {
            devices.IsStarted = isStarted;
        }

        return Find(host, id);
    }

    /// <summary>The guest of a device.</summary>
    /// <exception cref="QmpException">There is no such device, or it has no disk.</exception>
    public static GuestDisk Find(BlockHost host, string id)
    {
        BlockBackend backend = host.Services.Layer.Graph.Backends.FirstOrDefault(other => other.Device is { } device && IsCalled(device, id))
            ?? throw new QmpException($"Device '{id}' has no disk");
        return new GuestDisk(host, id, backend);
    }

    // Disks that belong to a controller have its name, and a path below it.
    private static bool IsCalled(IBackendDevice device, string id)
        => device.IdOrPath == id || device.IdOrPath == $"/machine/peripheral/{id}/virtio-backend";

    private static GuestDisk AttachBare(BlockHost host, string nodeName, string id)
    {
        BlockGraph graph = host.Services.Layer.Graph;
        BlockNode node = graph.LookUpNode(nodeName);
        BlockPermissions used = BlockPermissions.ConsistentRead | (node.ReadOnly ? BlockPermissions.None : BlockPermissions.Write);
        BlockPermissions shared = BlockPermissions.ConsistentRead | BlockPermissions.WriteUnchanged;
        var backend = new BlockBackend(graph, $"block device '{id}'", used, shared) { Device = new BareDevice(id) };
        backend.Insert(node);
        graph.AddBackend(backend);
        return new GuestDisk(host, id, backend);
    }

    /// <summary>A device without a bus, for hosts without a board.</summary>
    private sealed class BareDevice(string id) : IBackendDevice
    {
        public string IdOrPath => id;

        public bool IsRemovable => false;

        public bool? IsTrayOpen => null;

        public bool CanStopOnError => true;

        public bool IsLocked => false;
    }
}
