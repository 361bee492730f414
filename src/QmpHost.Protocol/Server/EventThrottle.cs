using QmpHost.Qapi;

namespace QmpHost.Protocol.Server;

/// <summary>
/// Limits the events that the options name to one per second: the first passes, and of those that follow within a second
/// only the last, when the second is over. Used on the event loop only.
/// </summary>
internal sealed class EventThrottle
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly QmpServerOptions _options;
    private readonly Action<QmpStampedEvent> _send;
    private readonly Dictionary<(string Name, string Key), Entry> _entries = [];

    public EventThrottle(QmpServerOptions options, Action<QmpStampedEvent> send)
    {
        _options = options;
        _send = send;
    }

    /// <summary>Sends an event, now or later or never.</summary>
    public void Send(in QmpStampedEvent stamped)
    {
        if (!_options.LimitedEvents.TryGetValue(stamped.Event.Name, out string? keyMember))
        {
            _send(stamped);
            return;
        }

        (string, string) key = (stamped.Event.Name, keyMember is null ? string.Empty : Key(stamped.Event, keyMember));
        if (_entries.TryGetValue(key, out Entry? entry))
        {
            entry.Last = stamped;
            return;
        }

        _send(stamped);
        entry = new Entry();
        _entries.Add(key, entry);
        entry.Timer = _options.TimeProvider.CreateTimer(
            _ => _options.EventLoop.Post(_ => Expire(key), null), null, Period, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Stops all timers; events that wait are dropped.</summary>
    public void Stop()
    {
        foreach (Entry entry in _entries.Values)
        {
            entry.Timer!.Dispose();
        }

        _entries.Clear();
    }

    private void Expire((string, string) key)
    {
        if (!_entries.TryGetValue(key, out Entry? entry))
        {
            return;
        }

        if (entry.Last is { } last)
        {
            entry.Last = null;
            entry.Timer!.Change(Period, Timeout.InfiniteTimeSpan);
            _send(last);
        }
        else
        {
            entry.Timer!.Dispose();
            _entries.Remove(key);
        }
    }

    private string Key(QapiEvent qapiEvent, string member)
        => qapiEvent.ToObject(_options.Profile) is QDict data && data.TryGetValue(member, out QObject? value) ? value.ToString() : string.Empty;

    private sealed class Entry
    {
        public ITimer? Timer { get; set; }

        public QmpStampedEvent? Last { get; set; }
    }
}
