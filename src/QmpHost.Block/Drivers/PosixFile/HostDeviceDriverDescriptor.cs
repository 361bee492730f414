using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>The driver "host_device": a device of the host.</summary>
/// <param name="descriptors">The descriptors that clients have passed.</param>
public sealed class HostDeviceDriverDescriptor(DescriptorSets descriptors) : HostFileDescriptor(descriptors, BlockdevDriver.HostDevice, HostFileKind.Device)
{
    /// <inheritdoc/>
    public override bool ServesDevice(string path) => NativeFile.TryGetStatus(path, out FileStatus status) && status.IsDevice;
}
