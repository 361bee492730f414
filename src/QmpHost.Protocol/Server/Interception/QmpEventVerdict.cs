namespace QmpHost.Protocol.Server.Interception;

/// <summary>What becomes of an event on its way to one client.</summary>
/// <param name="Times">How many times it is sent; 0 for never.</param>
/// <param name="Delay">What it waits for, or null. What is said meanwhile overtakes it.</param>
public readonly record struct QmpEventVerdict(int Times, Task? Delay)
{
    /// <summary>It is sent.</summary>
    public static QmpEventVerdict Pass => Repeat(1);

    /// <summary>It is sent some times.</summary>
    /// <param name="times">How many times.</param>
    /// <returns>The verdict.</returns>
    public static QmpEventVerdict Repeat(int times) => new(times, null);
}
