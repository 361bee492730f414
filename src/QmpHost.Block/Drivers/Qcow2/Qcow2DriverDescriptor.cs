using QmpHost.Block.Drivers.Qcow2.Creation;
using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Qcow2;

/// <summary>qcow2: QEMU's native image format.</summary>
internal sealed class Qcow2DriverDescriptor : BlockDriverDescriptor
{
    /// <inheritdoc/>
    public override BlockdevDriver Driver => BlockdevDriver.Qcow2;

    /// <inheritdoc/>
    public override string Name => "qcow2";

    /// <inheritdoc/>
    public override bool SupportsBacking => true;

    /// <inheritdoc/>
    public override bool SupportsCreate => true;

    /// <inheritdoc/>
    public override IBlockdevOptionsBranch MakeBranch(BlockdevRef file) => new BlockdevOptionsQcow2 { File = file };

    /// <inheritdoc/>
    public override bool IsStrongOption(string name) => false;

    /// <inheritdoc/>
    public override BlockDriver CreateInstance() => new Qcow2Driver(this);

    /// <inheritdoc/>
    public override ValueTask CreateAsync(BlockGraph graph, BlockdevCreateOptions options, CancellationToken cancellationToken)
        => Qcow2Creator.CreateAsync(graph, (BlockdevCreateOptionsQcow2)options.Branch!, cancellationToken);
}
