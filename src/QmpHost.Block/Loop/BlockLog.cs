using Microsoft.Extensions.Logging;

namespace QmpHost.Block.Loop;

/// <summary>What the block engine tells those who look for the cause of something. Nothing is computed while nobody does.</summary>
public static partial class BlockLog
{
    /// <summary>A job has changed its state.</summary>
    /// <param name="log">Where to.</param>
    /// <param name="job">The job's id.</param>
    /// <param name="state">The state that it has now.</param>
    [LoggerMessage(11, LogLevel.Debug, "{Job} {State}", EventName = "job_state")]
    public static partial void JobState(this ILogger log, string job, string state);

    /// <summary>A drained section begins and has to wait for requests.</summary>
    /// <param name="log">Where to.</param>
    /// <param name="node">The name of the node that is busy.</param>
    /// <param name="requests">How many requests are under way on the node itself.</param>
    [LoggerMessage(12, LogLevel.Debug, "{Node} ({Requests} requests)", EventName = "drain_wait")]
    public static partial void DrainWaits(this ILogger log, string node, int requests);

    /// <summary>An export was added.</summary>
    /// <param name="log">Where to.</param>
    /// <param name="export">Its id.</param>
    /// <param name="node">The node that it exports.</param>
    [LoggerMessage(13, LogLevel.Debug, "{Export} of {Node}", EventName = "export_add")]
    public static partial void ExportAdded(this ILogger log, string export, string node);

    /// <summary>An export has come to another stage of its life.</summary>
    /// <param name="log">Where to.</param>
    /// <param name="export">Its id.</param>
    /// <param name="state">The stage.</param>
    [LoggerMessage(14, LogLevel.Debug, "{Export} {State}", EventName = "export_state")]
    public static partial void ExportState(this ILogger log, string export, string state);
}
