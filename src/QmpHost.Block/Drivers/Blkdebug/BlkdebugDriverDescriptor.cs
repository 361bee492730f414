using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Blkdebug;

/// <summary>The driver "blkdebug".</summary>
public sealed class BlkdebugDriverDescriptor : BlockDriverDescriptor
{
    /// <inheritdoc/>
    public override BlockdevDriver Driver => BlockdevDriver.Blkdebug;

    /// <inheritdoc/>
    public override string Name => "blkdebug";

    /// <inheritdoc/>
    public override bool IsFilter => true;

    /// <inheritdoc/>
    public override bool IsProtocol => true;

    /// <inheritdoc/>
    public override bool IsStrongOption(string name) => name is not ("take-child-perms" or "unshare-child-perms");

    /// <inheritdoc/>
    public override BlockDriver CreateInstance() => new BlkdebugDriver(this);
}
