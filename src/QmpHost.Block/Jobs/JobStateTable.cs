using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Jobs;

/// <summary>The states of a job: which may follow which, and which verbs each accepts.</summary>
public static class JobStateTable
{
    private static readonly JobVerb[] None = [];
    private static readonly JobVerb[] WhileWorking = [JobVerb.Cancel, JobVerb.Pause, JobVerb.Resume, JobVerb.SetSpeed, JobVerb.Change];
    private static readonly JobVerb[] WhenReady = [.. WhileWorking, JobVerb.Complete];
    private static readonly JobVerb[] WhenWaiting = [JobVerb.Cancel];
    private static readonly JobVerb[] WhenPending = [JobVerb.Cancel, JobVerb.Finalize];
    private static readonly JobVerb[] WhenConcluded = [JobVerb.Dismiss];

    /// <summary>Whether a job may go from one state to another.</summary>
    /// <param name="from">The state it is in.</param>
    /// <param name="to">The state that would follow.</param>
    /// <returns>True if it may.</returns>
    public static bool Allows(JobStatus from, JobStatus to) => from switch
    {
        JobStatus.Undefined => to is JobStatus.Created,
        JobStatus.Created => to is JobStatus.Running or JobStatus.Aborting or JobStatus.Null,
        JobStatus.Running => to is JobStatus.Paused or JobStatus.Ready or JobStatus.Waiting or JobStatus.Aborting,
        JobStatus.Paused => to is JobStatus.Running,
        JobStatus.Ready => to is JobStatus.Standby or JobStatus.Waiting or JobStatus.Aborting,
        JobStatus.Standby => to is JobStatus.Ready,
        JobStatus.Waiting => to is JobStatus.Pending or JobStatus.Aborting,
        JobStatus.Pending => to is JobStatus.Aborting or JobStatus.Concluded,
        JobStatus.Aborting => to is JobStatus.Concluded,
        JobStatus.Concluded => to is JobStatus.Null,
        _ => false,
    };

    /// <summary>The verbs that a state accepts.</summary>
    /// <param name="status">The state.</param>
    /// <returns>The verbs.</returns>
    public static IReadOnlyList<JobVerb> VerbsOf(JobStatus status) => status switch
    {
        JobStatus.Created or JobStatus.Running or JobStatus.Paused => WhileWorking,
        JobStatus.Ready or JobStatus.Standby => WhenReady,
        JobStatus.Waiting => WhenWaiting,
        JobStatus.Pending => WhenPending,
        JobStatus.Concluded => WhenConcluded,
        _ => None,
    };

    /// <summary>Checks that a job accepts a verb.</summary>
    /// <param name="jobId">The job's id.</param>
    /// <param name="status">The state it is in.</param>
    /// <param name="verb">What is asked of it.</param>
    /// <exception cref="QmpException">"Job 'x' in state 'running' cannot accept command verb 'finalize'".</exception>
    public static void Check(string jobId, JobStatus status, JobVerb verb)
    {
        if (!VerbsOf(status).Contains(verb))
        {
            throw new QmpException($"Job '{jobId}' in state '{status.ToWire()}' cannot accept command verb '{NameOf(verb)}'");
        }
    }

    /// <summary>A verb's name in messages.</summary>
    /// <param name="verb">The verb.</param>
    /// <returns>For example "set-speed".</returns>
    public static string NameOf(JobVerb verb) => verb switch
    {
        JobVerb.Cancel => "cancel",
        JobVerb.Pause => "pause",
        JobVerb.Resume => "resume",
        JobVerb.SetSpeed => "set-speed",
        JobVerb.Complete => "complete",
        JobVerb.Finalize => "finalize",
        JobVerb.Change => "change",
        _ => "dismiss",
    };
}
