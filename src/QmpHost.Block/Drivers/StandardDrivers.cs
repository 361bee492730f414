using QmpHost.Block.Drivers.Blkdebug;
using QmpHost.Block.Drivers.CopyBeforeWrite;
using QmpHost.Block.Drivers.PosixFile;
using QmpHost.Block.Drivers.Qcow2;
using QmpHost.Block.Drivers.Throttle;
using QmpHost.Block.Graph;

namespace QmpHost.Block.Drivers;

/// <summary>The drivers that every host has.</summary>
public static class StandardDrivers
{
    /// <summary>Registers the drivers, one per line.</summary>
    /// <param name="registry">Where to register them.</param>
    /// <param name="throttleGroups">The host's throttle groups.</param>
    /// <param name="descriptors">The descriptors that clients have passed.</param>
    public static void Register(BlockDriverRegistry registry, ThrottleGroups throttleGroups, DescriptorSets descriptors)
    {
        registry.Register(new BlkdebugDriverDescriptor());
        registry.Register(new CopyBeforeWriteDriverDescriptor());
        registry.Register(new FileDriverDescriptor(descriptors));
        registry.Register(new HostCdromDriverDescriptor(descriptors));
        registry.Register(new HostDeviceDriverDescriptor(descriptors));
        registry.Register(new NullAioDriverDescriptor());
        registry.Register(new NullCoDriverDescriptor());
        registry.Register(new Qcow2DriverDescriptor());
        registry.Register(new RawDriverDescriptor());
        registry.Register(new SnapshotAccessDriverDescriptor());
        registry.Register(new ThrottleDriverDescriptor(throttleGroups));
    }
}
