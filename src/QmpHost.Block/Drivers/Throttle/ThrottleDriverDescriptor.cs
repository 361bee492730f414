using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Throttle;

/// <summary>The driver "throttle".</summary>
public sealed class ThrottleDriverDescriptor : BlockDriverDescriptor
{
    /// <inheritdoc/>
    public override BlockdevDriver Driver => BlockdevDriver.Throttle;

    /// <inheritdoc/>
    public override string Name => "throttle";

    /// <inheritdoc/>
    public override bool IsFilter => true;

    /// <inheritdoc/>
    public override BlockDriver CreateInstance() => new ThrottleDriver(this);
}
