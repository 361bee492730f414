namespace QmpHost.Block.Jobs;

/// <summary>What a client may ask of a job; whether it may depends on the job's status.</summary>
public enum JobVerb
{
    /// <summary>Cancelling.</summary>
    Cancel,

    /// <summary>Pausing.</summary>
    Pause,

    /// <summary>Resuming.</summary>
    Resume,

    /// <summary>Changing the speed limit.</summary>
    SetSpeed,

    /// <summary>Bringing a ready job to its end.</summary>
    Complete,

    /// <summary>Letting a pending job make its changes.</summary>
    Finalize,

    /// <summary>Changing how a job works.</summary>
    Change,

    /// <summary>Forgetting a concluded job.</summary>
    Dismiss,
}
