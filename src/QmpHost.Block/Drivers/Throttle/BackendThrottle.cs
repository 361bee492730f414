using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Throttle;

/// <summary>A backend in a throttle group.</summary>
internal sealed class BackendThrottle(ThrottleGroupMember member) : IRequestThrottle
{
    /// <inheritdoc/>
    public string GroupName => member.Group.Name;

    /// <inheritdoc/>
    public ThrottleLimits Limits => member.Group.Limits;

    /// <inheritdoc/>
    public ValueTask PassAsync(bool isWrite, long bytes)
        => member.PassAsync(isWrite ? ThrottleDirection.Write : ThrottleDirection.Read, bytes);

    /// <inheritdoc/>
    public void Disable() => member.Disable();

    /// <inheritdoc/>
    public void Enable() => member.Enable();

    /// <inheritdoc/>
    public void Leave() => member.Group.Leave(member);
}
