using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.CopyBeforeWrite;

/// <summary>The driver "snapshot-access".</summary>
public sealed class SnapshotAccessDriverDescriptor : BlockDriverDescriptor
{
    /// <inheritdoc/>
    public override BlockdevDriver Driver => BlockdevDriver.SnapshotAccess;

    /// <inheritdoc/>
    public override string Name => "snapshot-access";

    /// <inheritdoc/>
    public override BlockDriver CreateInstance() => new SnapshotAccessDriver(this);
}
