using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Jobs;

/// <summary>The job of blockdev-create: makes an image. It stays listed until it is dismissed.</summary>
public sealed class CreateJob : Job
{
    private readonly BlockDriverDescriptor _driver;
    private readonly BlockdevCreateOptions _options;

    private CreateJob(JobManager manager, string id, BlockDriverDescriptor driver, BlockdevCreateOptions options)
        : base(manager, new JobOptions { Id = id, Type = JobType.Create, AutoDismiss = false })
    {
        _driver = driver;
        _options = options;
    }

    /// <summary>blockdev-create: makes the job and starts it.</summary>
    /// <param name="jobs">The host's jobs.</param>
    /// <param name="jobId">The job's id.</param>
    /// <param name="options">What to create.</param>
    /// <exception cref="QmpException">The driver cannot create images, or the id is not valid or taken.</exception>
    /// <returns>A task that ends with the command; failures of the work itself end the job instead.</returns>
    public static async ValueTask StartAsync(JobManager jobs, string jobId, BlockdevCreateOptions options)
    {
        ArgumentNullException.ThrowIfNull(jobs);
        ArgumentNullException.ThrowIfNull(options);
        Require(jobs.Graph, options.Driver);
        if (jobs.Graph.Drivers.Find(options.Driver) is not { SupportsCreate: true } driver)
        {
            throw new QmpException("Driver does not support blockdev-create");
        }

        new CreateJob(jobs, jobId, driver, options).Start();
        await jobs.PollAsync();
    }

    /// <summary>Checks that there is the driver of a format that is to be made or changed, or could not be missing.</summary>
    /// <exception cref="QmpException">It is one of those that QEMU loads when they are there, and is not there.</exception>
    internal static void Require(BlockGraph graph, BlockdevDriver driver)
    {
        if (graph.Drivers.Find(driver) is null
            && driver is BlockdevDriver.Blkreplay or BlockdevDriver.Gluster or BlockdevDriver.Iscsi or BlockdevDriver.Nfs or BlockdevDriver.Rbd or BlockdevDriver.Ssh)
        {
            throw new QmpException($"Block driver '{driver.ToWire()}' not found or not supported");
        }
    }

    /// <inheritdoc/>
    protected override async Task RunAsync()
    {
        Progress.SetRemaining(1);
        try
        {
            // Like QEMU's, the job does not stop half-way when it is cancelled: its image is then just not announced.
            await _driver.CreateImage!(Manager.Graph, _options, CancellationToken.None);
        }
        finally
        {
            Progress.Add(1);
        }
    }
}
