using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>The driver "file".</summary>
public sealed class FileDriverDescriptor : BlockDriverDescriptor
{
    /// <inheritdoc/>
    public override BlockdevDriver Driver => BlockdevDriver.File;

    /// <inheritdoc/>
    public override string Name => "file";

    /// <inheritdoc/>
    public override bool IsProtocol => true;

    /// <inheritdoc/>
    public override bool SupportsCreate => true;

    /// <inheritdoc/>
    public override ValueTask CreateAsync(BlockGraph graph, BlockdevCreateOptions options, CancellationToken cancellationToken)
        => FileCreation.CreateAsync(graph, (BlockdevCreateOptionsFile)options.Branch!);

    /// <inheritdoc/>
    public override bool IsStrongOption(string name) => name == "filename";

    /// <inheritdoc/>
    public override bool HasProtocol(string protocol) => protocol == "file";

    /// <inheritdoc/>
    public override BlockdevOptions ParseFilename(string filename) => new()
    {
        Driver = BlockdevDriver.File,
        Branch = new BlockdevOptionsFile { Filename = filename.StartsWith("file:", StringComparison.Ordinal) ? filename[5..] : filename },
    };

    /// <inheritdoc/>
    public override BlockDriver CreateInstance() => new FileDriver(this, HostFileKind.Regular);
}
