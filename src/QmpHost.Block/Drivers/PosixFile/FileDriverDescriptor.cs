using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>The driver "file".</summary>
public sealed class FileDriverDescriptor() : HostFileDescriptor(BlockdevDriver.File, HostFileKind.Regular)
{
    /// <inheritdoc/>
    public override bool SupportsCreate => true;

    /// <inheritdoc/>
    public override ValueTask CreateAsync(BlockGraph graph, BlockdevCreateOptions options, CancellationToken cancellationToken)
        => FileCreation.CreateAsync(graph, (BlockdevCreateOptionsFile)options.Branch!);
}
