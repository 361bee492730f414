using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Jobs;

/// <summary>The job of x-blockdev-amend: changes an open image. It stays listed until it is dismissed.</summary>
public sealed class AmendJob : Job
{
    private readonly BlockNode _node;
    private readonly BlockdevAmendOptions _options;
    private readonly bool _force;
    private readonly QmpException? _refused;

    private AmendJob(JobManager manager, string id, BlockNode node, BlockdevAmendOptions options, bool force)
        : base(manager, new JobOptions { Id = id, Type = JobType.Amend, AutoDismiss = false })
    {
        _node = node;
        _options = options;
        _force = force;
        manager.Graph.Ref(node);
        try
        {
            node.Driver.BeginAmend();
        }
        catch (QmpException e)
        {
            _refused = e;
        }
    }

    /// <summary>x-blockdev-amend: makes the job and starts it.</summary>
    /// <param name="jobs">The host's jobs.</param>
    /// <param name="jobId">The job's id.</param>
    /// <param name="nodeName">The image's node.</param>
    /// <param name="options">What is to change.</param>
    /// <param name="force">Whether to do what cannot be undone.</param>
    /// <exception cref="QmpException">There is no such node, it cannot be changed so, or the id is not valid or taken.</exception>
    /// <returns>A task that ends with the command; failures of the work itself end the job instead.</returns>
    public static async ValueTask StartAsync(JobManager jobs, string jobId, string nodeName, BlockdevAmendOptions options, bool force)
    {
        ArgumentNullException.ThrowIfNull(jobs);
        ArgumentNullException.ThrowIfNull(options);
        BlockNode node = jobs.Graph.LookUpNode(nodeName);
        CreateJob.Require(jobs.Graph, options.Driver);
        if (node.Driver.Descriptor.SchemaValue != options.Driver)
        {
            throw new QmpException("x-blockdev-amend doesn't support changing the block driver");
        }

        if (!node.Driver.Descriptor.SupportsAmend)
        {
            throw new QmpException("Driver does not support x-blockdev-amend");
        }

        new AmendJob(jobs, jobId, node, options, force).Start();
        await jobs.PollAsync();
    }

    /// <inheritdoc/>
    protected override async Task RunAsync()
    {
        Progress.SetRemaining(1);
        try
        {
            if (_refused is not null)
            {
                throw _refused;
            }

            await _node.Driver.AmendAsync(_options, _force);
        }
        finally
        {
            Progress.Add(1);
        }
    }

    /// <inheritdoc/>
    protected override ValueTask CleanAsync()
    {
        if (_refused is null)
        {
            _node.Driver.EndAmend();
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask FreeAsync() => Manager.Graph.UnrefAsync(_node);
}
