using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers;

/// <summary>The driver "raw".</summary>
public sealed class RawDriverDescriptor : BlockDriverDescriptor
{
    /// <inheritdoc/>
    public override BlockdevDriver Driver => BlockdevDriver.Raw;

    /// <inheritdoc/>
    public override string Name => "raw";

    /// <inheritdoc/>
    public override IBlockdevOptionsBranch MakeBranch(BlockdevRef file) => new BlockdevOptionsRaw { File = file };

    /// <inheritdoc/>
    public override BlockDriver CreateInstance() => new RawDriver(this);
}
