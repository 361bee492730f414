using QmpHost.Block.Loop;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Throttle;

/// <summary>Limits that several nodes share; their requests take turns.</summary>
/// <remarks>Used on the host's event loop only. Time is that of the host's clock.</remarks>
public sealed class ThrottleGroup
{
    private const int BucketsPerKind = 3;

    private readonly BlockContext _context;
    private readonly ThrottleBucket[] _buckets = [new(), new(), new(), new(), new(), new()];
    private readonly List<ThrottleGroupMember> _members = [];
    private readonly LoopTimer[] _timers;
    private readonly int[] _last = [-1, -1];
    private readonly Action<ThrottleGroup>? _deserted;
    private long _leakedAt;

    internal ThrottleGroup(BlockContext context, string name, ThrottleLimits limits, Action<ThrottleGroup>? deserted = null)
    {
        _context = context;
        _deserted = deserted;
        Name = name;
        _timers =
        [
            new LoopTimer(context, () => OnTimer(ThrottleDirection.Read)),
            new LoopTimer(context, () => OnTimer(ThrottleDirection.Write)),
        ];
        SetLimits(limits);
    }

    /// <summary>The group's name.</summary>
    public string Name { get; }

    /// <summary>The limits, with all members present.</summary>
    public ThrottleLimits Limits { get; private set; } = ThrottleSettings.None;

    /// <summary>Whether a node uses the group.</summary>
    public bool IsInUse => _members.Count > 0;

    /// <summary>Checks limits before there is a group that has them.</summary>
    /// <param name="limits">The limits; what is left out is none.</param>
    /// <exception cref="QmpException">They make no sense.</exception>
    public static void Check(ThrottleLimits limits) => ThrottleSettings.Merge(ThrottleSettings.None, limits);

    /// <summary>
    /// Changes limits; what is left out stays as it is. Those who wait are looked at again when their time under the old limits has come,
    /// as in QEMU, whose timer goes on.
    /// </summary>
    /// <param name="limits">The changes.</param>
    /// <exception cref="QmpException">The outcome would make no sense; nothing has changed.</exception>
    public void SetLimits(ThrottleLimits limits) => Adopt(ThrottleSettings.Merge(Limits, limits));

    /// <summary>Replaces all limits; what is left out is none. Those who wait are looked at again at once.</summary>
    /// <param name="limits">The limits.</param>
    /// <exception cref="QmpException">They make no sense; nothing has changed.</exception>
    public void ReplaceLimits(ThrottleLimits limits)
    {
        Adopt(ThrottleSettings.Merge(ThrottleSettings.None, limits));
        foreach (ThrottleDirection direction in Enum.GetValues<ThrottleDirection>())
        {
            _timers[(int)direction].Stop();
            ScheduleNext(null, direction);
        }
    }

    private void Adopt(ThrottleLimits limits)
    {
        Limits = limits;
        (long Average, long Max, long Length)[] settings = ThrottleSettings.Buckets(Limits);
        for (int i = 0; i < _buckets.Length; i++)
        {
            _buckets[i].Average = settings[i].Average;
            _buckets[i].Max = settings[i].Max;
            _buckets[i].BurstLength = settings[i].Length;
            _buckets[i].Reset();
        }

        _leakedAt = _context.Clock.GetTimestamp();
    }

    internal ThrottleGroupMember Join()
    {
        var member = new ThrottleGroupMember(this);
        _members.Add(member);
        return member;
    }

    internal void Leave(ThrottleGroupMember member)
    {
        member.Disable();
        _members.Remove(member);
        _last[0] = _last[1] = -1;
        if (_members.Count == 0)
        {
            _deserted?.Invoke(this);
        }
    }

    /// <summary>Whether a request has to queue: behind others of its node, or because the group is over its limits.</summary>
    internal bool MustWait(ThrottleGroupMember member, ThrottleDirection direction)
        => member.HasWaiting(direction) || StartTimer(direction);

    /// <summary>Pours a request into the buckets.</summary>
    internal void Account(ThrottleDirection direction, long bytes)
    {
        double units = 1;
        long size = Limits.IopsSize ?? 0;
        if (size > 0 && bytes > size)
        {
            units = (double)bytes / size;
        }

        int own = direction == ThrottleDirection.Read ? 1 : 2;
        _buckets[0].Pour(bytes);
        _buckets[own].Pour(bytes);
        _buckets[BucketsPerKind].Pour(units);
        _buckets[BucketsPerKind + own].Pour(units);
    }

    /// <summary>Lets the next node's request go, or starts the timer that will.</summary>
    internal void ScheduleNext(ThrottleGroupMember? current, ThrottleDirection direction)
    {
        if (current is not null)
        {
            _last[(int)direction] = _members.IndexOf(current);
        }

        while (NextMember(direction) is { } next && !StartTimer(direction))
        {
            _last[(int)direction] = _members.IndexOf(next);
            next.ReleaseOne(direction);
        }
    }

    private void OnTimer(ThrottleDirection direction) => ScheduleNext(null, direction);

    // True if requests of a direction have to wait; the timer then runs.
    private bool StartTimer(ThrottleDirection direction)
    {
        LoopTimer timer = _timers[(int)direction];
        if (timer.IsRunning)
        {
            return true;
        }

        Leak();
        int own = direction == ThrottleDirection.Read ? 1 : 2;
        double wait = Math.Max(
            Math.Max(_buckets[0].ComputeWait(), _buckets[own].ComputeWait()),
            Math.Max(_buckets[BucketsPerKind].ComputeWait(), _buckets[BucketsPerKind + own].ComputeWait()));
        if (wait <= 0)
        {
            return false;
        }

        timer.Start(TimeSpan.FromTicks(Math.Max(1, (long)Math.Ceiling(Math.Min(wait, TimeSpan.MaxValue.TotalSeconds / 2) * TimeSpan.TicksPerSecond))));
        return true;
    }

    private void Leak()
    {
        long now = _context.Clock.GetTimestamp();
        double seconds = _context.Clock.GetElapsedTime(_leakedAt, now).TotalSeconds;
        _leakedAt = now;
        foreach (ThrottleBucket bucket in _buckets)
        {
            bucket.Leak(seconds);
        }
    }

    private ThrottleGroupMember? NextMember(ThrottleDirection direction)
    {
        for (int i = 1; i <= _members.Count; i++)
        {
            ThrottleGroupMember member = _members[(_last[(int)direction] + i + _members.Count) % _members.Count];
            if (member.HasWaiting(direction))
            {
                return member;
            }
        }

        return null;
    }
}
