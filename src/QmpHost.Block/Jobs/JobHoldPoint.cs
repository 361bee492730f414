namespace QmpHost.Block.Jobs;

/// <summary>A moment in a job's life at which a test can hold it.</summary>
public enum JobHoldPoint
{
    /// <summary>The job is listed as "created"; its code has not begun.</summary>
    Created,

    /// <summary>The job is "running"; its code has not begun.</summary>
    Running,

    /// <summary>The job has become "ready" and does nothing more.</summary>
    Ready,

    /// <summary>The job's code has ended; its outcome is not settled, and its state is still what it was.</summary>
    Waiting,

    /// <summary>The job is "pending": it has succeeded, and its changes are not made.</summary>
    Pending,

    /// <summary>The job is "concluded" and is not forgotten.</summary>
    Concluded,
}
