using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>What the drivers for files and devices of the host have in common: their names, which filenames may begin with.</summary>
public abstract class HostFileDescriptor : BlockDriverDescriptor
{
    private readonly DescriptorSets _descriptors;
    private readonly HostFileKind _kind;

    private protected HostFileDescriptor(DescriptorSets descriptors, BlockdevDriver driver, HostFileKind kind)
    {
        _descriptors = descriptors;
        Driver = driver;
        _kind = kind;
    }

    /// <inheritdoc/>
    public sealed override BlockdevDriver Driver { get; }

    /// <inheritdoc/>
    public sealed override string Name => Driver.ToWire();

    /// <inheritdoc/>
    public sealed override bool IsProtocol => true;

    /// <inheritdoc/>
    public sealed override bool IsStrongOption(string name) => name == "filename";

    /// <inheritdoc/>
    public sealed override void CheckFileName(BlockdevOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (((BlockdevOptionsFile)options.Branch!).Filename.Length == 0)
        {
            throw new QmpException($"The '{Name}' block driver requires a file name");
        }
    }

    /// <inheritdoc/>
    public sealed override bool HasProtocol(string protocol) => protocol == Name;

    /// <inheritdoc/>
    public sealed override BlockdevOptions ParseFilename(string filename)
    {
        string prefix = Name + ':';
        return new()
        {
            Driver = Driver,
            Branch = new BlockdevOptionsFile { Filename = filename.StartsWith(prefix, StringComparison.Ordinal) ? filename[prefix.Length..] : filename },
        };
    }

    /// <inheritdoc/>
    public sealed override BlockDriver CreateInstance() => new FileDriver(this, _kind, _descriptors);
}
