using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Drain;
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
    private int _ended;

    internal JobManager(BlockGraph graph)
    {
        Graph = graph;
        graph.AwaitsCommand = () => _jobs.Exists(static job => job is BlockJob { HoldsSectionForCommand: true });
    }

    /// <summary>What the host's parts share.</summary>
    public BlockContext Context => Graph.Context;

    /// <summary>The graph that block jobs work on.</summary>
    public BlockGraph Graph { get; }

    /// <summary>Who holds jobs at points of their lives; null for nobody.</summary>
    public IJobWatch? Watch
    {
        get;
        set
        {
            field = value;
            foreach (Job job in _jobs)
            {
                job.TakeLimit();
            }
        }
    }

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

    /// <summary>Carries out what a client's command does to a job, up to the moment before its answer: see <see cref="PollAsync"/>.</summary>
    /// <param name="id">The job's id.</param>
    /// <param name="action">What is done.</param>
    /// <exception cref="QmpException">There is no such job, or it does not allow for it.</exception>
    /// <returns>A task that ends with the command.</returns>
    public async ValueTask SteerAsync(string id, Func<Job, ValueTask> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        await action(Get(id));
        await PollAsync();
    }

    /// <summary>Carries out what a client's command does to a block job, as <see cref="SteerAsync"/>.</summary>
    /// <param name="id">The job's id.</param>
    /// <param name="action">What is done.</param>
    /// <exception cref="QmpException">There is no such job, or it does not allow for it.</exception>
    /// <returns>A task that ends with the command.</returns>
    public async ValueTask SteerBlockJobAsync(string id, Func<BlockJob, ValueTask> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        await action(GetBlockJob(id));
        await PollAsync();
    }

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

    /// <summary>Waits until every job whose code has ended is completed as far as it can be. In a main turn.</summary>
    /// <returns>A task that ends when no completion is under way or due.</returns>
    public ValueTask SettleAsync() => Context.Turns.PollWhileAsync(static jobs => jobs.HasEnded, this);

    /// <summary>
    /// What comes between a command that steers jobs and its answer, as QEMU polls there, once: completions and errors that
    /// were put off until then are told before the answer, but what then follows comes behind it.
    /// </summary>
    /// <returns>A task that ends when no completion is under way.</returns>
    public ValueTask PollAsync() => Context.Turns.PollOnceAsync();

    /// <summary>
    /// Cancels every job and waits until all have ended, as at shutdown; concluded ones are dismissed. Meanwhile every
    /// node is drained, so that nobody's requests and no speed limit hold the end up. In a main turn.
    /// </summary>
    /// <returns>A task that ends when there are no jobs any more.</returns>
    public async ValueTask CancelAllAsync()
    {
        if (_jobs.Count == 0)
        {
            return;
        }

        using DrainedSection drained = await Graph.DrainAllAsync();
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
    }

    /// <summary>Lets all jobs go on that are held, for good: the host is about to end.</summary>
    public void LetGo()
    {
        Watch = null;
        foreach (Job job in _jobs.ToArray())
        {
            job.LetGo();
            job.LimitChanged();
        }
    }

    internal void Add(Job job) => _jobs.Insert(0, job);

    internal void Remove(Job job) => _jobs.Remove(job);

    /// <summary>Puts off the completion of a job whose code has ended: it must not run inside whoever entered the job.</summary>
    internal void Defer(Job job)
    {
        _ended++;
        Context.Loop.Defer(static state => ((Job)state!).Manager.BeginCompletion((Job)state!), job);
    }

    // Outside of a main turn, as in tests, a completion that runs counts as one that is due.
    private bool HasEnded => _ended > 0 || (Context.Turns is { IsCurrent: false, IsRunning: true });

    private void BeginCompletion(Job job) => Context.Turns.Fire(() =>
    {
        _ended--;
        return job.ExitAsync();
    });
}
