using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>The driver "host_cdrom": a CD drive of the host.</summary>
public sealed class HostCdromDriverDescriptor : BlockDriverDescriptor
{
    private const string Prefix = "host_cdrom:";

    /// <inheritdoc/>
    public override BlockdevDriver Driver => BlockdevDriver.HostCdrom;

    /// <inheritdoc/>
    public override string Name => "host_cdrom";

    /// <inheritdoc/>
    public override bool IsProtocol => true;

    /// <inheritdoc/>
    public override bool IsStrongOption(string name) => name == "filename";

    /// <inheritdoc/>
    public override bool HasProtocol(string protocol) => protocol == "host_cdrom";

    /// <inheritdoc/>
    public override bool ServesDevice(string path) => NativeFile.TryGetStatus(path, out FileStatus status) && status.IsDevice && CdDrive.IsAt(path);

    /// <inheritdoc/>
    public override BlockdevOptions ParseFilename(string filename) => new()
    {
        Driver = Driver,
        Branch = new BlockdevOptionsFile { Filename = filename.StartsWith(Prefix, StringComparison.Ordinal) ? filename[Prefix.Length..] : filename },
    };

    /// <inheritdoc/>
    public override BlockDriver CreateInstance() => new FileDriver(this, HostFileKind.CdDrive);
}
