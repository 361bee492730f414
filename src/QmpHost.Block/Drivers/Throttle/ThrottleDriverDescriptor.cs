using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Throttle;

/// <summary>The driver "throttle".</summary>
/// <param name="groups">The groups that nodes can join.</param>
public sealed class ThrottleDriverDescriptor(ThrottleGroups groups) : BlockDriverDescriptor
{
    /// <inheritdoc/>
    public override BlockdevDriver Driver => BlockdevDriver.Throttle;

    /// <inheritdoc/>
    public override string Name => "throttle";

    /// <inheritdoc/>
    public override bool IsFilter => true;

    /// <inheritdoc/>
    public override BlockDriver CreateInstance() => new ThrottleDriver(this, groups);
}
