using QmpHost.Block.Graph;

namespace QmpHost.Machine.Devices;

/// <summary>The block layer as devices see it.</summary>
public interface IDriveProvider
{
    /// <summary>Takes a node, or the root of a named backend, as the drive of a device; nothing is claimed yet.</summary>
    /// <param name="name">The name.</param>
    /// <param name="device">The device.</param>
    /// <returns>The drive, or null when there is nothing of that name.</returns>
    IDrive? TryOpen(string name, IBackendDevice device);

    /// <summary>Makes a drive without a medium.</summary>
    /// <param name="device">The device.</param>
    /// <returns>The drive.</returns>
    IDrive OpenEmpty(IBackendDevice device);
}
