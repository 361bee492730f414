using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Queries;
using QmpHost.Block.Loop;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Jobs;

/// <summary>The jobs of one host: finds them, lists them, and completes those whose code has ended.</summary>
/// <remarks>Used on the host's event loop only.</remarks>
public sealed class JobManager
{
    private readonly List<Job> _jobs = [];
    private Task? _cancelling;
    private int _ended;
    private int _completing;
    private TaskCompletionSource? _completed;

    internal JobManager(BlockGraph graph) => Graph = graph;

    /// <summary>What the host's parts share.</summary>
    public BlockContext Context => Graph.Context;

    /// <summary>The graph that block jobs work on.</summary>
    public BlockGraph Graph { get; }

    /// <summary>The jobs, newest first.</summary>
    public IReadOnlyList<Job> Jobs => _jobs;

    /// <summary>Finds a job.</summary>
    /// <param name="id">Its id.</param>
    /// <returns>The job, or null.</returns>
    public Job? Find(string id) => _jobs.Find(j => j.Id == id);

    /// <summary>Finds a job for a job-* command.</summary>
    /// <param name="id">Its id.</param>
    /// <exception cref="QmpException">"Job not found".</exception>
    /// <returns>The job.</returns>
    public Job Get(string id) => Find(id) ?? throw new QmpException("Job not found");

    /// <summary>Finds a block job for a block-job-* command.</summary>
    /// <param name="id">Its id.</param>
    /// <exception cref="QmpException">Class DeviceNotActive: "Block job 'x' not found".</exception>
    /// <returns>The job.</returns>
    public BlockJob GetBlockJob(string id)
        => Find(id) as BlockJob ?? throw new QmpException(QmpErrorClass.DeviceNotActive, $"Block job '{id}' not found");

    /// <summary>The answer to query-jobs.</summary>
    /// <returns>A description of each job, newest first.</returns>
    public IReadOnlyList<JobInfo> QueryJobs() => _jobs.ConvertAll(static j => j.Describe());

    /// <summary>The answer to query-block-jobs.</summary>
    /// <returns>A description of each block job, newest first.</returns>
    public IReadOnlyList<BlockJobInfo> QueryBlockJobs() => [.. _jobs.OfType<BlockJob>().Select(static j => j.DescribeBlockJob())];

    /// <summary>The block jobs for the picture of the graph.</summary>
    /// <returns>Each block job with the nodes that it holds, newest first.</returns>
    public IEnumerable<JobInGraph> DescribeInGraph() => _jobs.OfType<BlockJob>().Select(static j => new JobInGraph(j.Id, j.Nodes));

    /// <summary>Checks an id for a new job.</summary>
    /// <param name="id">The id.</param>
    /// <exception cref="QmpException">"Invalid job ID 'x'", "Job ID 'x' already in use".</exception>
    public void CheckNewId(string id)
    {
        if (!JobId.IsWellFormed(id))
        {
            throw new QmpException($"Invalid job ID '{id}'");
        }

        if (Find(id) is not null)
        {
            throw new QmpException($"Job ID '{id}' already in use");
        }
    }

    /// <summary>Waits until every job whose code has ended is completed as far as it can be.</summary>
    /// <returns>A task that ends when no completion is under way or due.</returns>
    public async ValueTask SettleAsync()
    {
        while (_completing > 0 || _ended > 0)
        {
            await WaitCompletionAsync();
        }
    }

    /// <summary>
    /// What comes between a command that steers jobs and its answer, as QEMU polls there, once: completions and errors that
    /// were put off until then are told before the answer, but what then follows comes behind it.
    /// </summary>
    /// <returns>A task that ends when no completion is under way.</returns>
    public async ValueTask PollAsync()
    {
        Context.Loop.RunDeferred();
        while (_completing > 0)
        {
            await WaitCompletionAsync();
        }
    }

    /// <summary>
    /// Cancels every job and waits until all have ended, as at shutdown; concluded ones are dismissed. Meanwhile every
    /// node is drained, so that nobody's requests and no speed limit hold the end up.
    /// </summary>
    /// <returns>A task that ends when there are no jobs any more; one and the same for all who call meanwhile.</returns>
    public Task CancelAllAsync()
    {
        if (_cancelling is null or { IsCompleted: true })
        {
            _cancelling = _jobs.Count == 0 ? Task.CompletedTask : CancelAllDrainedAsync();
        }

        return _cancelling;
    }

    internal void Add(Job job) => _jobs.Insert(0, job);

    internal void Remove(Job job) => _jobs.Remove(job);

    /// <summary>Puts off the completion of a job whose code has ended: it must not run inside whoever entered the job.</summary>
    internal void Defer(Job job)
    {
        _ended++;
        Context.Loop.Defer(static state => _ = ((Job)state!).Manager.CompleteAsync((Job)state!), job);
    }

    private async Task CancelAllDrainedAsync()
    {
        await Graph.DrainAllBeginAsync();
        while (_jobs.Count > 0)
        {
            Job job = _jobs[0];
            await job.CancelAndWaitAsync();
            await SettleAsync();
            if (job.Status == JobStatus.Concluded)
            {
                await job.CancelAsync(force: true);
            }
        }

        Graph.DrainAllEnd();
    }

    private async Task CompleteAsync(Job job)
    {
        _ended--;
        _completing++;
        try
        {
            await job.ExitAsync();
        }
        catch (Exception e)
        {
            Context.Loop.Report(e);
        }
        finally
        {
            _completing--;
            SignalCompletion();
        }
    }

    private Task WaitCompletionAsync() => (_completed ??= new TaskCompletionSource()).Task;

    private void SignalCompletion()
    {
        TaskCompletionSource? completed = _completed;
        _completed = null;
        completed?.SetResult();
    }
}
