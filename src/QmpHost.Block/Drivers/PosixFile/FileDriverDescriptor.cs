using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>The driver "file".</summary>
/// <param name="descriptors">The descriptors that clients have passed.</param>
public sealed class FileDriverDescriptor(DescriptorSets descriptors) : HostFileDescriptor(descriptors, BlockdevDriver.File, HostFileKind.Regular)
{
    /// <inheritdoc/>
    public override bool SupportsCreate => true;

    /// <inheritdoc/>
    public override ValueTask CreateAsync(BlockGraph graph, BlockdevCreateOptions options, CancellationToken cancellationToken)
        => FileCreation.CreateAsync(graph, (BlockdevCreateOptionsFile)options.Branch!);
}
