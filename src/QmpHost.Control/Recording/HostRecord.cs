using System.Text;
using QmpHost.Protocol.Server.Interception;

namespace QmpHost.Control.Recording;

/// <summary>Every command, reply and event of every client of a host, once it is being recorded.</summary>
/// <remarks>May be used from any thread. Only the latest <see cref="Limit"/> entries are kept.</remarks>
public sealed class HostRecord
{
    private readonly Lock _lock = new();
    private readonly HostControl _control;
    private readonly Queue<RecordEntry> _entries = new();
    private readonly Dictionary<int, ReplyNames> _names = [];
    private long _lastNumber;

    internal HostRecord(HostControl control) => _control = control;

    /// <summary>Raised for every entry, on any thread, in their order. Whoever listens must not wait.</summary>
    public event Action<RecordEntry>? Added;

    /// <summary>Whether what is said is being recorded.</summary>
    public bool IsOn { get; private set; }

    /// <summary>How many entries are kept.</summary>
    public int Limit { get; init; } = 100_000;

    /// <summary>Records from now on.</summary>
    /// <returns>A task that ends when it does.</returns>
    public Task StartAsync() => SwitchAsync(isOn: true);

    /// <summary>Records no more; what there is stays.</summary>
    /// <returns>A task that ends when it does not.</returns>
    public Task StopAsync() => SwitchAsync(isOn: false);

    /// <summary>What was recorded, oldest first.</summary>
    /// <returns>The entries.</returns>
    public IReadOnlyList<RecordEntry> Entries()
    {
        lock (_lock)
        {
            return [.. _entries];
        }
    }

    /// <summary>Forgets what was recorded.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _entries.Clear();
        }
    }

    internal void NoteConnection(IQmpPeer peer, bool isThere)
        => Add(peer.Number, isThere ? RecordKind.Connected : RecordKind.Disconnected, string.Empty, string.Empty);

    internal void NoteCommand(IQmpPeer peer, QmpCommand command)
    {
        if (!IsOn)
        {
            return;
        }

        lock (_lock)
        {
            NamesOf(peer.Number).Add(command.Name, command.Id);
            Add(peer.Number, RecordKind.Command, command.Name, command.Content?.ToString() ?? string.Empty);
        }
    }

    internal void NoteMessage(IQmpPeer peer, ReadOnlySpan<byte> text)
    {
        if (!IsOn)
        {
            return;
        }

        string message = Encoding.UTF8.GetString(text).TrimEnd('\r', '\n');
        lock (_lock)
        {
            (RecordKind kind, string name) = NamesOf(peer.Number).Take(message);
            Add(peer.Number, kind, name, message);
        }
    }

    private ReplyNames NamesOf(int client)
    {
        if (!_names.TryGetValue(client, out ReplyNames? names))
        {
            _names.Add(client, names = new ReplyNames());
        }

        return names;
    }

    private void Add(int client, RecordKind kind, string name, string text)
    {
        if (!IsOn)
        {
            return;
        }

        lock (_lock)
        {
            var entry = new RecordEntry(++_lastNumber, _control.Host.Options.Clock.GetUtcNow(), client, kind, name, text);
            _entries.Enqueue(entry);
            if (_entries.Count > Limit)
            {
                _entries.Dequeue();
            }

            Added?.Invoke(entry);
        }
    }

    private Task<bool> SwitchAsync(bool isOn) => _control.OnLoopAsync(() =>
    {
        IsOn = isOn;
        _control.Refresh();
        return true;
    });
}
