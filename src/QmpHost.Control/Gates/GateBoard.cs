using QmpHost.Block.Graph.Interception;
using QmpHost.Block.Jobs;
using QmpHost.Control.Interception;
using QmpHost.Control.Matching;
using QmpHost.Protocol.Server.Interception;
using QmpHost.Qapi;

namespace QmpHost.Control.Gates;

/// <summary>The gates of one host.</summary>
/// <remarks>May be used from any thread. A gate is in force when the task ends that made it.</remarks>
public sealed class GateBoard
{
    private static readonly Dictionary<string, JobHoldPoint> Points = Enum.GetValues<JobHoldPoint>()
        .ToDictionary(static point => point.ToString().ToLowerInvariant(), StringComparer.Ordinal);

    private readonly HostControl _control;
    private readonly JobGates _jobs = new();
    private readonly List<(Gate Gate, RequestMatch Match, OccurrenceCounter Counter)> _requests = [];
    private readonly List<(Gate Gate, ConversationMatch Match, OccurrenceCounter Counter, bool OfReplies)> _commands = [];
    private readonly List<Gate> _gates = [];
    private int _lastId;

    internal GateBoard(HostControl control) => _control = control;

    /// <summary>Raised, on the host's loop, when a gate begins to hold something or is released.</summary>
    public event Action<Gate>? Changed;

    /// <summary>The gates that are not released, oldest first.</summary>
    /// <returns>A task with them.</returns>
    public Task<IReadOnlyList<Gate>> ListAsync() => _control.OnLoopAsync<IReadOnlyList<Gate>>(() => [.. _gates]);

    /// <summary>Finds a gate that is not released.</summary>
    /// <param name="id">Its number.</param>
    /// <returns>A task with it, or null.</returns>
    public Task<Gate?> FindAsync(int id) => _control.OnLoopAsync(() => _gates.Find(gate => gate.Id == id));

    /// <summary>Holds a job when so much of its work is done, and no more is under way.</summary>
    /// <param name="id">Its id; a pattern.</param>
    /// <param name="percent">How much in percent of the total, 0 to 100; rounded up to the job's unit, a cluster for most.</param>
    /// <returns>A task with the gate.</returns>
    public Task<Gate> HoldJobAtPercentAsync(string id, double percent)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(percent);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(percent, 100);
        return HoldJobAsync(new JobMatch { Id = id }, percent: percent);
    }

    /// <summary>Holds a job when so many bytes of its work are done, and no more is under way.</summary>
    /// <param name="id">Its id; a pattern.</param>
    /// <param name="bytes">How many; rounded up to the job's unit, a cluster for most.</param>
    /// <returns>A task with the gate.</returns>
    public Task<Gate> HoldJobAtByteAsync(string id, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        return HoldJobAsync(new JobMatch { Id = id }, bytes: bytes);
    }

    /// <summary>Holds a job at a state.</summary>
    /// <param name="id">Its id; a pattern.</param>
    /// <param name="status">"created", "running" (before its code begins), "ready", "waiting" (its code has ended, nothing is settled), "pending" or "concluded".</param>
    /// <returns>A task with the gate.</returns>
    /// <exception cref="ArgumentException">A job cannot be held at that state.</exception>
    public Task<Gate> HoldJobAtStatusAsync(string id, string status) => HoldJobAsync(new JobMatch { Id = id }, status);

    /// <summary>Holds a job where one of the arguments says: at a state, at a percentage or at a byte.</summary>
    /// <param name="match">Which.</param>
    /// <param name="status">A state, see <see cref="HoldJobAtStatusAsync"/>.</param>
    /// <param name="percent">How much of the total.</param>
    /// <param name="bytes">How many bytes.</param>
    /// <returns>A task with the gate.</returns>
    /// <exception cref="ArgumentException">Not exactly one of them is given, or the state is none at which jobs can be held.</exception>
    public Task<Gate> HoldJobAsync(JobMatch match, string? status = null, double? percent = null, long? bytes = null)
    {
        ArgumentNullException.ThrowIfNull(match);
        JobHoldPoint? point = null;
        if (status is not null)
        {
            point = Points.TryGetValue(status, out JobHoldPoint known)
                ? known
                : throw new ArgumentException($"A job cannot be held at '{status}', only at {string.Join(", ", Points.Keys)}.", nameof(status));
        }

        if ((point is null ? 0 : 1) + (percent is null ? 0 : 1) + (bytes is null ? 0 : 1) != 1)
        {
            throw new ArgumentException("A job is held at one of a state, a percentage and a byte.");
        }

        string place = status ?? (percent is { } p ? $"{p} %" : $"byte {bytes}");
        return AddAsync($"job {match.Id ?? "*"} at {place}", gate =>
        {
            _jobs.Add(new JobGate(gate, match, point, percent, bytes));
            _control.Host.Services.Layer.Jobs.Watch = _jobs;
        });
    }

    /// <summary>Holds a request to a node before its driver sees it.</summary>
    /// <param name="match">Which requests count.</param>
    /// <param name="nth">Which of them is held, from 1.</param>
    /// <returns>A task with the gate.</returns>
    public Task<Gate> HoldRequestAsync(RequestMatch match, int nth = 1)
    {
        ArgumentNullException.ThrowIfNull(match);
        ArgumentOutOfRangeException.ThrowIfLessThan(nth, 1);
        string kinds = match.Kinds is { Count: > 0 } list ? string.Join(" or ", list) : "request";
        return AddAsync($"{kinds} {nth} to {match.Node ?? match.Driver ?? match.File ?? "any node"}", gate =>
            _requests.Add((gate, match, new OccurrenceCounter(new Occurrence { Nth = nth }))));
    }

    /// <summary>Holds a command before it is executed; those behind it of the same client wait, others do not.</summary>
    /// <param name="match">Which commands count.</param>
    /// <param name="nth">Which of them is held, from 1.</param>
    /// <returns>A task with the gate.</returns>
    public Task<Gate> HoldCommandAsync(ConversationMatch match, int nth = 1) => HoldAsync(match, nth, ofReplies: false);

    /// <summary>Holds the reply to a command that has been executed; what is said to the same client later waits behind it.</summary>
    /// <param name="match">Which commands count.</param>
    /// <param name="nth">The reply to which of them is held, from 1.</param>
    /// <returns>A task with the gate.</returns>
    public Task<Gate> HoldReplyAsync(ConversationMatch match, int nth = 1) => HoldAsync(match, nth, ofReplies: true);

    /// <summary>Releases all gates.</summary>
    /// <returns>A task that ends when they are.</returns>
    public Task ReleaseAllAsync() => _control.OnLoopAsync(() =>
    {
        LetGo();
        return true;
    });

    internal bool HoldsRequests => _requests.Count > 0;

    internal bool HoldsMessages => _commands.Count > 0;

    internal ValueTask ReleaseAsync(Gate gate) => gate.State == GateState.Released
        ? ValueTask.CompletedTask
        : new ValueTask(_control.OnLoopAsync(() =>
        {
            Release(gate);
            return true;
        }));

    internal void LetGo()
    {
        foreach (Gate gate in _gates.ToArray())
        {
            Release(gate);
        }
    }

    /// <summary>The gate that holds a request, or null. On the loop.</summary>
    internal Gate? Meet(NodeRequest request)
    {
        foreach ((Gate gate, RequestMatch match, OccurrenceCounter counter) in _requests)
        {
            if (gate.State == GateState.Armed && match.Matches(request, _control.Host.Services.Layer) && counter.Next())
            {
                return Meet(gate, $"{request.Kind} of {request.Bytes} bytes at {request.Offset} to node '{request.Node.NodeName}'");
            }
        }

        return null;
    }

    /// <summary>The gate that holds a command or its reply, or null. On the loop.</summary>
    internal Gate? Meet(IQmpPeer peer, QmpCommand command, bool isReply)
    {
        foreach ((Gate gate, ConversationMatch match, OccurrenceCounter counter, bool ofReplies) in _commands)
        {
            if (ofReplies == isReply && gate.State == GateState.Armed && match.Matches(peer, command) && counter.Next())
            {
                return Meet(gate, $"{(isReply ? "reply to " : "")}{command.Name} of client {peer.Number}");
            }
        }

        return null;
    }

    private Task<Gate> HoldAsync(ConversationMatch match, int nth, bool ofReplies)
    {
        ArgumentNullException.ThrowIfNull(match);
        ArgumentOutOfRangeException.ThrowIfLessThan(nth, 1);
        return AddAsync($"{(ofReplies ? "reply to " : "")}{match.Command ?? "command"} {nth}", gate =>
            _commands.Add((gate, match, new OccurrenceCounter(new Occurrence { Nth = nth }), ofReplies)));
    }

    private Gate Meet(Gate gate, string what)
    {
        gate.Meet(what);
        Changed?.Invoke(gate);
        return gate;
    }

    private Task<Gate> AddAsync(string description, Action<Gate> add) => _control.OnLoopAsync(() =>
    {
        var gate = new Gate(this, ++_lastId, description);
        _gates.Add(gate);
        add(gate);
        _control.Refresh();
        return gate;
    });

    private void Release(Gate gate)
    {
        if (!_gates.Remove(gate))
        {
            return;
        }

        gate.Open();
        _requests.RemoveAll(entry => entry.Gate == gate);
        _commands.RemoveAll(entry => entry.Gate == gate);
        JobManager jobs = _control.Host.Services.Layer.Jobs;
        _jobs.Release(gate, jobs);
        if (_jobs.IsEmpty && jobs.Watch == _jobs)
        {
            jobs.Watch = null;
        }

        _control.Refresh();
        Changed?.Invoke(gate);
    }
}
