using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph;

/// <summary>The drivers that a host knows, by name. Registering one is one line.</summary>
/// <param name="profile">The host's release.</param>
public sealed class BlockDriverRegistry(VersionProfile profile)
{
    private readonly Dictionary<string, BlockDriverDescriptor> _drivers = new(StringComparer.Ordinal);

    /// <summary>The release whose drivers and options these are.</summary>
    public VersionProfile Profile => profile;

    /// <summary>The drivers, in the order in which they were registered.</summary>
    public IEnumerable<BlockDriverDescriptor> All => _drivers.Values;

    /// <summary>The names of all drivers that clients can open, sorted.</summary>
    public IEnumerable<string> Names => _drivers.Values
        .Where(static driver => driver.SchemaValue is not null)
        .Select(static driver => driver.Name)
        .Order(StringComparer.Ordinal);

    /// <summary>Adds a driver, in place of one of the same name if there is one.</summary>
    /// <param name="descriptor">The driver.</param>
    public void Register(BlockDriverDescriptor descriptor)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        _drivers[descriptor.Name] = descriptor;
    }

    /// <summary>Finds a driver.</summary>
    /// <param name="driver">Its schema value.</param>
    /// <returns>The driver, or null.</returns>
    public BlockDriverDescriptor? Find(BlockdevDriver driver) => _drivers.GetValueOrDefault(driver.ToWire());

    /// <summary>Finds a driver that clients can open.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The driver, or null.</returns>
    public BlockDriverDescriptor? Find(string name)
        => _drivers.TryGetValue(name, out BlockDriverDescriptor? driver) && driver.SchemaValue is not null ? driver : null;

    /// <summary>Finds the driver of a plain path, which is that of files unless the path leads to a device.</summary>
    /// <param name="path">The path.</param>
    /// <returns>The driver.</returns>
    public BlockDriverDescriptor FindByPath(string path)
    {
        foreach (BlockDriverDescriptor driver in _drivers.Values)
        {
            if (driver.ServesDevice(path))
            {
                return driver;
            }
        }

        return _drivers["file"];
    }

    /// <summary>Finds the driver of filenames with a protocol.</summary>
    /// <param name="protocol">What stands before the colon.</param>
    /// <returns>The driver, or null.</returns>
    public BlockDriverDescriptor? FindByProtocol(string protocol)
    {
        foreach (BlockDriverDescriptor driver in _drivers.Values)
        {
            if (driver.Protocols.Contains(protocol))
            {
                return driver;
            }
        }

        return null;
    }
}
