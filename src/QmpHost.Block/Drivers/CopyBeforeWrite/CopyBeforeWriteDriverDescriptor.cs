using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.CopyBeforeWrite;

/// <summary>The driver "copy-before-write".</summary>
public sealed class CopyBeforeWriteDriverDescriptor : BlockDriverDescriptor
{
    /// <inheritdoc/>
    public override BlockdevDriver Driver => BlockdevDriver.CopyBeforeWrite;

    /// <inheritdoc/>
    public override string Name => "copy-before-write";

    /// <inheritdoc/>
    public override bool IsFilter => true;

    /// <inheritdoc/>
    public override BlockDriver CreateInstance() => new CopyBeforeWriteDriver(this);
}
