using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers;

/// <summary>The driver "null-aio".</summary>
public sealed class NullAioDriverDescriptor : BlockDriverDescriptor
{
    /// <inheritdoc/>
    public override BlockdevDriver Driver => BlockdevDriver.NullAio;

    /// <inheritdoc/>
    public override string Name => "null-aio";

    /// <inheritdoc/>
    public override bool IsProtocol => true;

    /// <inheritdoc/>
    public override bool IsStrongOption(string name) => name is "size" or "read-zeroes";

    /// <inheritdoc/>
    public override bool HasProtocol(string protocol) => protocol == Name;

    /// <inheritdoc/>
    public override BlockdevOptions ParseFilename(string filename) => NullDriver.ParseFilename(this, filename);

    /// <inheritdoc/>
    public override BlockDriver CreateInstance() => new NullDriver(this);
}
