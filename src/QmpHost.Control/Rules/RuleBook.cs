using QmpHost.Block.Core;
using QmpHost.Block.Graph.Interception;
using QmpHost.Control.Failing;
using QmpHost.Protocol.Server.Interception;
using QmpHost.Qapi;

namespace QmpHost.Control.Rules;

/// <summary>The rules by which a host fails. Of several that match, the oldest counts.</summary>
/// <remarks>May be used from any thread. A rule is in force when the task ends that added it.</remarks>
public sealed class RuleBook
{
    private readonly HostControl _control;
    private readonly List<ActiveRule> _rules = [];
    private TaskCompletionSource _letGo = new();
    private int _lastId;

    internal RuleBook(HostControl control) => _control = control;

    /// <summary>Raised, on the host's loop, when a rule is applied.</summary>
    public event Action<ActiveRule>? Applied;

    /// <summary>Adds a rule.</summary>
    /// <param name="rule">The rule.</param>
    /// <returns>A task with the rule in force.</returns>
    /// <exception cref="ArgumentException">The rule says too little, too much, or what cannot be.</exception>
    public Task<ActiveRule> AddAsync(FaultRule rule)
    {
        RuleCheck.Check(rule);
        return _control.OnLoopAsync(() =>
        {
            var active = new ActiveRule(++_lastId, rule);
            _rules.Add(active);
            _control.Refresh();
            if (rule.Wire is not null)
            {
                foreach (IQmpPeer peer in _control.Host.Monitors.Peers)
                {
                    SetWire(peer);
                }
            }

            return active;
        });
    }

    /// <summary>Takes a rule out of force.</summary>
    /// <param name="id">Its number.</param>
    /// <returns>A task with whether there was one.</returns>
    public Task<bool> RemoveAsync(int id) => _control.OnLoopAsync(() => Remove(rule => rule.Id == id));

    /// <summary>Takes all rules out of force.</summary>
    /// <returns>A task that ends when they are.</returns>
    public Task ClearAsync() => _control.OnLoopAsync(() => Remove(static _ => true));

    /// <summary>The rules in force, oldest first.</summary>
    /// <returns>A task with them.</returns>
    public Task<IReadOnlyList<ActiveRule>> ListAsync() => _control.OnLoopAsync<IReadOnlyList<ActiveRule>>(() => [.. _rules]);

    internal bool ConcernsRequests => _rules.Exists(static active => active.Rule.Request is not null);

    internal bool ConcernsMessages => _rules.Exists(static active => active.Rule.Request is null);

    /// <summary>What becomes of a request. On the loop.</summary>
    internal ValueTask<RequestVerdict> JudgeAsync(NodeRequest request)
    {
        ActiveRule? active = Find(rule => rule.Request is { } match && match.Matches(request, _control.Host.Services.Layer));
        return active is null ? default
            : active.Rule.Latency is { } latency ? JudgeLaterAsync(active, request, latency)
            : ValueTask.FromResult(Judge(active, request));
    }

    internal async ValueTask<QmpCommandVerdict> JudgeAsync(IQmpPeer peer, QmpCommand command)
    {
        if (Find(rule => rule.Command is { } match && match.Matches(peer, command)) is not { Rule: var rule })
        {
            return default;
        }

        if (rule.Latency is { } latency)
        {
            await DelayAsync(latency);
        }

        return rule.Drop is not null ? QmpCommandVerdict.DropConnection
            : rule.Never ? QmpCommandVerdict.Ignore
            : rule.Error is { } error ? QmpCommandVerdict.Fail(new QmpException(error.Class, error.Desc))
            : rule.Return is { } result ? QmpCommandVerdict.Return(result)
            : default;
    }

    internal async ValueTask<QmpReplyVerdict> JudgeReplyAsync(IQmpPeer peer, QmpCommand command)
    {
        if (Find(rule => rule.Reply is { } match && match.Matches(peer, command)) is not { Rule: var rule })
        {
            return QmpReplyVerdict.Send;
        }

        if (rule.Latency is { } latency)
        {
            await DelayAsync(latency);
        }

        if (rule.Drop == DropPoint.Within)
        {
            peer.Wire = new CuttingWire(peer.Wire, half: true, 0, () => Drop(peer));
            return QmpReplyVerdict.Send;
        }

        return rule.Drop switch
        {
            DropPoint.Before => QmpReplyVerdict.Drop,
            DropPoint.After => QmpReplyVerdict.SendAndDrop,
            _ => rule.Never ? QmpReplyVerdict.Never : QmpReplyVerdict.Send,
        };
    }

    internal QmpEventVerdict Judge(IQmpPeer peer, QapiEvent qapiEvent)
    {
        VersionProfile profile = _control.Host.Options.Profile;
        return Find(rule => rule.Event is { } match && match.Matches(peer, qapiEvent, profile)) is { Rule: var rule }
            ? new QmpEventVerdict(rule.Repeat ?? 1, rule.Latency is { } latency ? DelayAsync(latency) : null)
            : QmpEventVerdict.Pass;
    }

    /// <summary>Sets a connection up as the rules have it. On the loop.</summary>
    internal IReadOnlyList<QapiEvent> Greet(IQmpPeer peer) =>
    [
        .. _rules.Where(active => active.Rule is { Early: not null, Wire: { } match } && match.Matches(peer.Number) && Apply(active))
            .Select(static active => new RawEvent(active.Rule.Early!.Name, active.Rule.Early.Data)),
    ];

    internal void SetWire(IQmpPeer peer)
    {
        foreach (ActiveRule active in _rules.Where(active => active.Rule.Wire is { } match && match.Matches(peer.Number)))
        {
            FaultRule rule = active.Rule;
            if ((rule.Split ?? rule.Merge ?? rule.CutAfter) is null || !Apply(active))
            {
                continue;
            }

            peer.Wire = rule.CutAfter is { } bytes ? new CuttingWire(peer.Wire, half: false, bytes, () => Drop(peer))
                : rule.Split is { } split ? new SplittingWire(split)
                : new MergingWire(rule.Merge!.Value);
        }
    }

    internal void LetGo()
    {
        TaskCompletionSource old = _letGo;
        _letGo = new TaskCompletionSource();
        old.SetResult();
    }

    private static RequestVerdict Judge(ActiveRule active, NodeRequest request)
    {
        FaultRule rule = active.Rule;
        if (rule.FullAfter is { } capacity && request.Kind is (NodeRequestKind.Write or NodeRequestKind.WriteZeroes))
        {
            long room = Math.Max(0, capacity - active.Written);
            active.Written += Math.Min(room, request.Bytes);
            return request.Bytes <= room ? default : RequestVerdict.FailAfter(room, Errno.ENOSPC);
        }

        return (rule.Errno, rule.Short) switch
        {
            ({ } errno, { } bytes) => RequestVerdict.FailAfter(bytes, errno),
            ({ } errno, null) => RequestVerdict.Fail(errno),
            (null, { } bytes) => RequestVerdict.Short(bytes),
            _ => default,
        };
    }

    private async ValueTask<RequestVerdict> JudgeLaterAsync(ActiveRule active, NodeRequest request, TimeSpan latency)
    {
        await DelayAsync(latency);
        return Judge(active, request);
    }

    // Ends early when the host ends.
    private async Task DelayAsync(TimeSpan time)
        => await _letGo.Task.WaitAsync(time, _control.Host.Options.Clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

    private ActiveRule? Find(Func<FaultRule, bool> matches) => _rules.Find(active => matches(active.Rule) && Apply(active));

    private bool Apply(ActiveRule active)
    {
        if (!active.Counter.Next())
        {
            return false;
        }

        Applied?.Invoke(active);
        return true;
    }

    private bool Remove(Predicate<ActiveRule> match)
    {
        bool hadWires = _rules.Exists(active => match(active) && active.Rule.Wire is not null);
        int removed = _rules.RemoveAll(match);
        if (hadWires)
        {
            foreach (IQmpPeer peer in _control.Host.Monitors.Peers)
            {
                peer.Wire = null;
                SetWire(peer);
            }
        }

        _control.Refresh();
        return removed > 0;
    }

    private void Drop(IQmpPeer peer) => _control.Host.Loop.Post(static peer => ((IQmpPeer)peer!).Drop(), peer);
}
