using QmpHost.Client;
using QmpHost.Control;
using QmpHost.Hosting;
using QmpHost.Hosting.Disks;
using QmpHost.Machine.Clocks;

namespace QmpHost.Testing;

/// <summary>
/// A host for one test: on a clock of its own that stands still, with a record of what every client says and hears, and a client
/// of the test's own. Whatever fails in <see cref="RunAsync"/> tells what the host was at.
/// </summary>
/// <remarks>Knows no test framework: failures are exceptions.</remarks>
public sealed class HostUnderTest : IAsyncDisposable
{
    private readonly HostState _start;

    private HostUnderTest(BlockHost host, QmpClient client, HostState start)
    {
        Host = host;
        Client = client;
        _start = start;
    }

    /// <summary>The host.</summary>
    public BlockHost Host { get; }

    /// <summary>The gates that hold it, the rules by which it fails, and the record.</summary>
    public HostControl Control => HostControl.Of(Host);

    /// <summary>The test's client.</summary>
    public QmpClient Client { get; }

    /// <summary>Its disks, and the guests before them.</summary>
    public HostDisks Disks => Host.Disks;

    /// <summary>Starts a host.</summary>
    /// <param name="options">How; null for a release 7.2 without a board. Without a clock it gets one that stands still.</param>
    /// <returns>The running host.</returns>
    public static async Task<HostUnderTest> StartAsync(BlockHostOptions? options = null)
    {
        options ??= new BlockHostOptions();
        if (options.Clock == TimeProvider.System)
        {
            options = options with { Clock = new VirtualClock() };
        }

        BlockHost host = await BlockHost.StartAsync(options).ConfigureAwait(false);
        await HostControl.Of(host).Record.StartAsync().ConfigureAwait(false);
        QmpClient client = await host.ConnectAsync(new QmpClientOptions { TimeProvider = options.Clock }).ConfigureAwait(false);
        return new HostUnderTest(host, client, await host.ObserveAsync().ConfigureAwait(false));
    }

    /// <summary>Runs a test; if it fails, the exception's message goes on with what the host was at.</summary>
    /// <param name="test">The test.</param>
    /// <returns>A task that ends with the test.</returns>
    /// <exception cref="HostTestException">The test failed; the cause is the inner exception.</exception>
    public async Task RunAsync(Func<Task> test)
    {
        ArgumentNullException.ThrowIfNull(test);
        try
        {
            await test().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            throw new HostTestException($"{e.Message}\n\n{await DescribeAsync().ConfigureAwait(false)}", e);
        }
    }

    /// <summary>Says in words what the host is at: the last that was said, nodes, bitmaps, jobs, exports and the clock.</summary>
    /// <param name="messages">How many of the last messages are shown.</param>
    /// <returns>The text.</returns>
    public async Task<string> DescribeAsync(int messages = 30)
    {
        HostState? state;
        try
        {
            state = await Host.ObserveAsync().ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // Of a host that has ended, what was said is left.
            state = null;
        }

        return HostReport.Write(state, Host.Clock.Elapsed, Control.Record.Entries().TakeLast(messages));
    }

    /// <summary>Sees that nothing is left that was not there when the host was started, or that the test allows.</summary>
    /// <param name="allowed">Names of nodes, bitmaps, jobs and exports that may be left, such as the test's own disks.</param>
    /// <returns>A task that ends when all was looked at.</returns>
    /// <exception cref="HostTestException">Something is left; the message lists it.</exception>
    public async Task VerifyNothingLeftAsync(params IReadOnlyCollection<string> allowed)
    {
        await Host.SettleAsync().ConfigureAwait(false);
        HostState now = await Host.ObserveAsync().ConfigureAwait(false);
        string[] left = [.. HostReport.Names(now).Except(HostReport.Names(_start)).Where(item => !allowed.Contains(item.Name)).Select(static item => $"{item.Kind} '{item.Name}'")];
        if (left.Length > 0)
        {
            throw new HostTestException($"Left behind: {string.Join(", ", left)}\n\n{await DescribeAsync().ConfigureAwait(false)}");
        }
    }

    /// <summary>Ends the client and the host.</summary>
    /// <returns>A task that ends when nothing is left of them.</returns>
    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync().ConfigureAwait(false);
        await Host.DisposeAsync().ConfigureAwait(false);
    }
}
