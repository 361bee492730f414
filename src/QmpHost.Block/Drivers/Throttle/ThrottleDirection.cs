namespace QmpHost.Block.Drivers.Throttle;

/// <summary>Which way a throttled request goes.</summary>
internal enum ThrottleDirection
{
    Read,
    Write,
}
