using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>The driver "host_cdrom": a CD drive of the host.</summary>
public sealed class HostCdromDriverDescriptor() : HostFileDescriptor(BlockdevDriver.HostCdrom, HostFileKind.CdDrive)
{
    /// <inheritdoc/>
    public override bool ServesDevice(string path) => NativeFile.TryGetStatus(path, out FileStatus status) && status.IsDevice && CdDrive.IsAt(path);
}
