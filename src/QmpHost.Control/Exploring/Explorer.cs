using QmpHost.Control.Recording;
using QmpHost.Hosting;

namespace QmpHost.Control.Exploring;

/// <summary>
/// Plays the same test under many orders of what happens at the same time: the steps of jobs and requests against each other and
/// against commands. What QEMU orders stays in order: events and replies of one client, commands of one client.
/// </summary>
/// <remarks>
/// A seed decides every choice of the host. How fast files and other processes answer it does not: disks without files, a virtual
/// clock and one client make a failure come again exactly, otherwise it comes again nearly always.
/// </remarks>
public static class Explorer
{
    /// <summary>Plays a test under some seeds, each on a host of its own.</summary>
    /// <param name="test">The test.</param>
    /// <param name="seeds">How many seeds.</param>
    /// <param name="firstSeed">The first of them.</param>
    /// <param name="options">How the hosts are started; null for the defaults.</param>
    /// <returns>A task that ends when the test has passed under all.</returns>
    /// <exception cref="ExplorationException">It has failed under one.</exception>
    public static async Task RunAsync(Func<BlockHost, Task> test, int seeds, int firstSeed = 1, BlockHostOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(seeds, 1);
        for (int seed = firstSeed; seed < firstSeed + seeds; seed++)
        {
            await ReplayAsync(test, seed, options);
        }
    }

    /// <summary>Plays a test under one seed.</summary>
    /// <param name="test">The test.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="options">How the host is started; null for the defaults.</param>
    /// <returns>A task that ends when the test has passed.</returns>
    /// <exception cref="ExplorationException">It has failed.</exception>
    public static async Task ReplayAsync(Func<BlockHost, Task> test, int seed, BlockHostOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(test);
        await using BlockHost host = await BlockHost.StartAsync((options ?? new BlockHostOptions()) with { ShuffleSeed = seed });
        HostControl control = HostControl.Of(host);
        await control.ExploreAsync(seed);
        await control.Record.StartAsync();
        try
        {
            await test(host);
        }
        catch (Exception e)
        {
            throw new ExplorationException(seed, await HostReport.WriteAsync(host), e);
        }
    }
}
