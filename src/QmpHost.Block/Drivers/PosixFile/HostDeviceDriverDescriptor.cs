using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>The driver "host_device": a device of the host.</summary>
public sealed class HostDeviceDriverDescriptor() : HostFileDescriptor(BlockdevDriver.HostDevice, HostFileKind.Device)
{
    /// <inheritdoc/>
    public override bool ServesDevice(string path) => NativeFile.TryGetStatus(path, out FileStatus status) && status.IsDevice;
}
