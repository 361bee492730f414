using QmpHost.Block.Drivers.Blkdebug;
using QmpHost.Block.Drivers.Blkio;
using QmpHost.Block.Drivers.Blklogwrites;
using QmpHost.Block.Drivers.CopyBeforeWrite;
using QmpHost.Block.Drivers.Filters;
using QmpHost.Block.Drivers.Http;
using QmpHost.Block.Drivers.Luks;
using QmpHost.Block.Drivers.PosixFile;
using QmpHost.Block.Drivers.Qcow2;
using QmpHost.Block.Drivers.Quorum;
using QmpHost.Block.Drivers.Throttle;
using QmpHost.Block.Drivers.Vdi;
using QmpHost.Block.Drivers.Vhdx;
using QmpHost.Block.Drivers.Vmdk;
using QmpHost.Block.Drivers.Vpc;
using QmpHost.Block.Graph;
using QmpHost.Qapi;

namespace QmpHost.Block.Drivers;

/// <summary>The drivers that every host has.</summary>
public static class StandardDrivers
{
    /// <summary>Registers the drivers, one per line. A path to a device is that of the first driver that serves it.</summary>
    /// <param name="registry">Where to register them.</param>
    /// <param name="throttleGroups">The host's throttle groups.</param>
    /// <param name="descriptors">The descriptors that clients have passed.</param>
    public static void Register(BlockDriverRegistry registry, ThrottleGroups throttleGroups, DescriptorSets descriptors)
    {
        registry.Register(BlkdebugDriver.Table);
        registry.Register(BlklogwritesDriver.Table);
        registry.Register(BlkverifyDriver.Table);
        registry.Register(CompressDriver.Table);
        registry.Register(CopyBeforeWriteDriver.Table);
        registry.Register(CopyOnReadDriver.Table);
        registry.Register(FileDriver.RegularFile(descriptors));
        registry.Register(FileDriver.HostCdrom(descriptors));
        registry.Register(FileDriver.HostDevice(descriptors));
        registry.Register(HttpDriver.Http);
        registry.Register(HttpDriver.Https);
        registry.Register(LuksDriver.Table);
        registry.Register(NullDriver.NullAio);
        registry.Register(NullDriver.NullCo);
        registry.Register(PreallocateDriver.Table);
        registry.Register(Qcow2Driver.Table);
        registry.Register(QuorumDriver.Table);
        registry.Register(RawDriver.Table);
        registry.Register(ReplicationDriver.Table);
        registry.Register(SnapshotAccessDriver.Table);
        registry.Register(ThrottleDriver.Table(throttleGroups));
        registry.Register(VdiDriver.Table);
        registry.Register(VhdxDriver.Table);
        registry.Register(VmdkDriver.Table);
        registry.Register(VhdDriver.Table);
        if (registry.Profile.Has(Behaviour.DriversOfBlkio))
        {
            registry.Register(IoUringDriver.Table);
            registry.Register(BlkioDeviceDriver.NvmeIoUring);
            registry.Register(BlkioDeviceDriver.VirtioBlkVfioPci);
            registry.Register(BlkioDeviceDriver.VirtioBlkVhostUser);
            registry.Register(BlkioDeviceDriver.VirtioBlkVhostVdpa);
        }
    }

    /// <summary>Registers the drivers that only a host with a machine has.</summary>
    /// <param name="registry">Where to register them.</param>
    public static void RegisterForMachine(BlockDriverRegistry registry) => registry.Register(BlkreplayDriver.Table);
}
