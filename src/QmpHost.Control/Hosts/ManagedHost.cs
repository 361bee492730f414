using System.Text.Json.Nodes;
using QmpHost.Client;
using QmpHost.Control.Gates;
using QmpHost.Control.Recording;
using QmpHost.Control.Rpc;
using QmpHost.Control.Rules;
using QmpHost.Hosting;

namespace QmpHost.Control.Hosts;

/// <summary>A host that the control interface serves, with what callers have of it.</summary>
internal sealed class ManagedHost : IAsyncDisposable
{
    private readonly SemaphoreSlim _lock = new(1);
    private readonly Dictionary<string, PluggedGuest> _guests = new(StringComparer.Ordinal);
    private readonly Func<ValueTask> _end;
    private QmpClient? _client;

    public ManagedHost(string name, HostSpec spec, BlockHost host, Func<ValueTask> end)
    {
        Name = name;
        Spec = spec;
        Host = host;
        _end = end;
        Control.Gates.Changed += TellGate;
        Control.Rules.Applied += TellRule;
        Control.Record.Added += TellEntry;
    }

    /// <summary>Told of what happens: the topic, and what it is.</summary>
    public event Action<string, JsonObject>? Told;

    public string Name { get; }

    public HostSpec Spec { get; }

    public BlockHost Host { get; }

    public HostControl Control => HostControl.Of(Host);

    /// <summary>The clock's own movement, while it runs.</summary>
    public RunningClock? RunningClock { get; set; }

    /// <summary>A client of the interface's own, which is connected when it is first needed.</summary>
    public async Task<QmpClient> ClientAsync()
    {
        await _lock.WaitAsync();
        try
        {
            if (_client is { Completion.IsCompleted: true } lost)
            {
                _client = null;
                await lost.DisposeAsync();
            }

            if (_client is null)
            {
                _client = await Host.ConnectAsync();
                await _client.NegotiateAsync();
            }

            return _client;
        }
        finally
        {
            _lock.Release();
        }
    }

    /// <summary>The guest before a disk, which is plugged in when it is first needed.</summary>
    public async Task<PluggedGuest> GuestAsync(string disk)
    {
        await _lock.WaitAsync();
        try
        {
            if (!_guests.TryGetValue(disk, out PluggedGuest? guest))
            {
                _guests.Add(disk, guest = await PluggedGuest.PlugInAsync(Host, disk));
            }

            return guest;
        }
        finally
        {
            _lock.Release();
        }
    }

    /// <summary>Unplugs the guest from a disk.</summary>
    public async Task<bool> UnplugAsync(string disk)
    {
        await _lock.WaitAsync();
        try
        {
            if (!_guests.Remove(disk, out PluggedGuest? guest))
            {
                return false;
            }

            await guest.UnplugAsync();
            return true;
        }
        finally
        {
            _lock.Release();
        }
    }

    public JsonObject Describe() => new()
    {
        ["name"] = Name,
        ["program"] = Spec.Program,
        ["release"] = Host.Options.Profile.ToString(),
        ["machine"] = Host.Options.Machine,
        ["clock"] = Host.Clock.IsVirtual ? "virtual" : "real",
        ["monitor"] = Spec.Monitor,
    };

    public async ValueTask DisposeAsync()
    {
        Control.Gates.Changed -= TellGate;
        Control.Rules.Applied -= TellRule;
        Control.Record.Added -= TellEntry;
        if (RunningClock is { } clock)
        {
            await clock.DisposeAsync();
        }

        if (_client is not null)
        {
            await _client.DisposeAsync();
        }

        await _end();

        // The host knows nothing of guests that have no device. What they have asked for was let go at its end.
        foreach (PluggedGuest guest in _guests.Values)
        {
            await guest.UnplugAsync();
        }

        _guests.Clear();
    }

    private void TellGate(Gate gate) => Told?.Invoke("gate", Add(GateJson.Of(gate)));

    private void TellRule(ActiveRule rule) => Told?.Invoke("rule", Add(RuleJson.Of(rule)));

    private void TellEntry(RecordEntry entry) => Told?.Invoke("record", Add(RecordJson.Of(entry)));

    private JsonObject Add(JsonObject content)
    {
        content["host"] = Name;
        return content;
    }
}
