using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>The driver "host_cdrom": a CD drive of the host.</summary>
/// <param name="descriptors">The descriptors that clients have passed.</param>
public sealed class HostCdromDriverDescriptor(DescriptorSets descriptors) : HostFileDescriptor(descriptors, BlockdevDriver.HostCdrom, HostFileKind.CdDrive)
{
    /// <inheritdoc/>
    public override bool ServesDevice(string path) => NativeFile.TryGetStatus(path, out FileStatus status) && status.IsDevice && CdDrive.IsAt(path);
}
