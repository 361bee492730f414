using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>The driver "host_device": a device of the host.</summary>
public sealed class HostDeviceDriverDescriptor : BlockDriverDescriptor
{
    private const string Prefix = "host_device:";

    /// <inheritdoc/>
    public override BlockdevDriver Driver => BlockdevDriver.HostDevice;

    /// <inheritdoc/>
    public override string Name => "host_device";

    /// <inheritdoc/>
    public override bool IsProtocol => true;

    /// <inheritdoc/>
    public override bool IsStrongOption(string name) => name == "filename";

    /// <inheritdoc/>
    public override bool HasProtocol(string protocol) => protocol == "host_device";

    /// <inheritdoc/>
    public override bool ServesDevice(string path) => NativeFile.TryGetStatus(path, out FileStatus status) && status.IsDevice;

    /// <inheritdoc/>
    public override BlockdevOptions ParseFilename(string filename) => new()
    {
        Driver = Driver,
        Branch = new BlockdevOptionsFile { Filename = filename.StartsWith(Prefix, StringComparison.Ordinal) ? filename[Prefix.Length..] : filename },
    };

    /// <inheritdoc/>
    public override BlockDriver CreateInstance() => new FileDriver(this, HostFileKind.Device);
}
