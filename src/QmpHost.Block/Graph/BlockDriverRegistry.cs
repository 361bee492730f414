using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph;

/// <summary>The drivers that a host knows. Registering one is one line.</summary>
public sealed class BlockDriverRegistry
{
    private readonly Dictionary<BlockdevDriver, BlockDriverDescriptor> _drivers = [];

    /// <summary>The names of all drivers, sorted.</summary>
    public IEnumerable<string> Names => _drivers.Values.Select(static descriptor => descriptor.Name).Order(StringComparer.Ordinal);

    /// <summary>Adds a driver, in place of one of the same schema value if there is one.</summary>
    /// <param name="descriptor">The driver.</param>
    public void Register(BlockDriverDescriptor descriptor) => _drivers[descriptor.Driver] = descriptor;

    /// <summary>Finds a driver.</summary>
    /// <param name="driver">Its schema value.</param>
    /// <returns>The driver, or null.</returns>
    public BlockDriverDescriptor? Find(BlockdevDriver driver) => _drivers.GetValueOrDefault(driver);

    /// <summary>Finds a driver.</summary>
    /// <param name="name">Its name on the wire.</param>
    /// <returns>The driver, or null.</returns>
    public BlockDriverDescriptor? Find(string name)
        => BlockdevDriverEnum.TryParse(name, out BlockdevDriver driver) ? Find(driver) : null;

    /// <summary>Finds the driver of a plain path, which is that of files unless the path leads to a device.</summary>
    /// <param name="path">The path.</param>
    /// <returns>The driver.</returns>
    public BlockDriverDescriptor FindByPath(string path)
    {
        foreach (BlockDriverDescriptor descriptor in _drivers.Values)
        {
            if (descriptor.ServesDevice(path))
            {
                return descriptor;
            }
        }

        return _drivers[BlockdevDriver.File];
    }

    /// <summary>Finds the driver of filenames with a protocol.</summary>
    /// <param name="protocol">What stands before the colon.</param>
    /// <returns>The driver, or null.</returns>
    public BlockDriverDescriptor? FindByProtocol(string protocol)
    {
        foreach (BlockDriverDescriptor descriptor in _drivers.Values)
        {
            if (descriptor.HasProtocol(protocol))
            {
                return descriptor;
            }
        }

        return null;
    }
}
