using System.Runtime.CompilerServices;
using QmpHost.Control.Exploring;
using QmpHost.Control.Failing;
using QmpHost.Control.Gates;
using QmpHost.Control.Interception;
using QmpHost.Control.Recording;
using QmpHost.Control.Rules;
using QmpHost.Hosting;

namespace QmpHost.Control;

/// <summary>
/// What a host has that QEMU has not: gates that hold it at a moment, rules by which it fails, a record of what was said. Nothing of
/// it costs anything until it is used.
/// </summary>
/// <remarks>May be used from any thread. What changes the host is done between two turns of its loop.</remarks>
public sealed class HostControl
{
    private static readonly ConditionalWeakTable<BlockHost, HostControl> All = [];

    private readonly RequestInterceptor _requests;
    private readonly ConversationInterceptor _conversations;

    private HostControl(BlockHost host)
    {
        Host = host;
        Gates = new GateBoard(this);
        Rules = new RuleBook(this);
        Record = new HostRecord(this);
        Unflushed = new UnflushedWrites();
        _requests = new RequestInterceptor(this);
        _conversations = new ConversationInterceptor(this);
    }

    /// <summary>The host.</summary>
    public BlockHost Host { get; }

    /// <summary>The gates.</summary>
    public GateBoard Gates { get; }

    /// <summary>The rules by which it fails.</summary>
    public RuleBook Rules { get; }

    /// <summary>What was said, once it is being recorded.</summary>
    public HostRecord Record { get; }

    internal UnflushedWrites Unflushed { get; }

    internal bool IsDead { get; private set; }

    /// <summary>The hesitations by which orders are explored, or null.</summary>
    internal Exploration? Exploration { get; private set; }

    /// <summary>The control of a host; the same each time.</summary>
    /// <param name="host">The host.</param>
    /// <returns>The control.</returns>
    public static HostControl Of(BlockHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return All.GetValue(host, static host => new HostControl(host));
    }

    /// <summary>
    /// Keeps, from now on, what is needed to lose power: the old contents of everything that is written and not flushed.
    /// </summary>
    /// <returns>A task that ends when it does.</returns>
    public Task TrackUnflushedAsync() => OnLoopAsync(() =>
    {
        Unflushed.IsOn = true;
        Refresh();
        return true;
    });

    /// <summary>
    /// Lets what happens at the same time happen, from now on, in an order that a seed decides and QEMU permits: requests and commands
    /// hesitate, and what is ready runs in another order. <see cref="Explorer"/> does so for one seed after another.
    /// </summary>
    /// <param name="seed">The seed.</param>
    /// <returns>A task that ends when it does.</returns>
    /// <exception cref="InvalidOperationException">The host has an order already.</exception>
    public Task ExploreAsync(int seed) => OnLoopAsync(() =>
    {
        if (Exploration is not null)
        {
            throw new InvalidOperationException("The host follows a seed already.");
        }

        Exploration = new Exploration(Host.Loop, seed);
        Host.Loop.Shuffle(seed);
        Refresh();
        return true;
    });

    /// <summary>
    /// The host dies as a process dies that is killed: connections end in the middle, nothing is closed, what was written stays. It
    /// is disposed afterwards; a new one may start on what is left.
    /// </summary>
    /// <returns>A task that ends when nothing of the host is left.</returns>
    public async Task CrashAsync()
    {
        await OnLoopAsync(() =>
        {
            Die();
            return true;
        });
        await Host.DisposeAsync();
    }

    /// <summary>
    /// The machine loses power: as <see cref="CrashAsync"/>, and of what was not flushed a part is lost, sector by sector, as a seed
    /// decides. Needs <see cref="TrackUnflushedAsync"/> before the writes.
    /// </summary>
    /// <param name="seed">Decides what is lost.</param>
    /// <returns>A task with how many sectors of 512 bytes have lost their last contents.</returns>
    /// <exception cref="InvalidOperationException">What was not flushed is not known.</exception>
    public async Task<int> LosePowerAsync(int seed)
    {
        if (!Unflushed.IsOn)
        {
            throw new InvalidOperationException("What was not flushed is only known after TrackUnflushedAsync.");
        }

        int lost = await Host.Loop.InvokeAsync(async () =>
        {
            Die();
            return await Unflushed.LoseAsync(seed);
        });
        await Host.DisposeAsync();
        return lost;
    }

    internal Task<T> OnLoopAsync<T>(Func<T> work) => Host.Loop.IsCurrent ? Task.FromResult(work()) : Host.Loop.InvokeAsync(() => Task.FromResult(work()));

    /// <summary>Takes the seams of the host as far as anybody needs them. On the loop.</summary>
    internal void Refresh()
    {
        bool needsRequests = IsDead || Exploration is not null || Gates.HoldsRequests || Rules.ConcernsRequests || Unflushed.IsOn;
        if (needsRequests != (Host.Services.Layer.Graph.Interceptor == _requests))
        {
            Host.Services.Layer.Graph.Interceptor = needsRequests ? _requests : null;
        }

        Host.Monitors.Interceptor = Gates.HoldsMessages || Rules.ConcernsMessages || Record.IsOn || Exploration is not null ? _conversations : null;
    }

    private void Die()
    {
        IsDead = true;
        Host.Monitors.DropAll();
        Rules.LetGo();
        Gates.LetGo();
        Refresh();
    }
}
