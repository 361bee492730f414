namespace QmpHost.Block.Throttling;

/// <summary>One limit of a throttle group.</summary>
/// <param name="Average">Units per second in the long run; 0 for no limit.</param>
/// <param name="Maximum">Units per second while a burst lasts; 0 for no bursts beyond a tenth of a second's worth.</param>
/// <param name="BurstLength">How long a burst at <paramref name="Maximum"/> may last, in seconds.</param>
public readonly record struct ThrottleLimit(ulong Average = 0, ulong Maximum = 0, ulong BurstLength = 1);
