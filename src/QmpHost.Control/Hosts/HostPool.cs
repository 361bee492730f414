using System.Text.Json.Nodes;
using QmpHost.Commands.Hosting;
using QmpHost.Control.Rpc;
using QmpHost.Hosting;
using QmpHost.Machine.Clocks;
using QmpHost.Qapi;

namespace QmpHost.Control.Hosts;

/// <summary>The hosts that a control interface serves: thousands, or the one of a program.</summary>
internal sealed class HostPool : IAsyncDisposable
{
    private readonly Dictionary<string, ManagedHost> _hosts = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private int _lastNumber;

    /// <summary>Told of what happens to any host: the topic, and what it is. On any thread.</summary>
    public event Action<string, JsonObject>? Told;

    /// <summary>The hosts by name.</summary>
    public IReadOnlyList<ManagedHost> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _hosts.Values.OrderBy(static host => host.Name, StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>Finds a host.</summary>
    /// <param name="name">Its name; null for the only one.</param>
    /// <exception cref="ControlException">There is none of that name, or not exactly one.</exception>
    public ManagedHost Get(string? name)
    {
        lock (_lock)
        {
            if (name is not null)
            {
                return _hosts.GetValueOrDefault(name) ?? throw ControlException.Refuse($"There is no host '{name}'.");
            }

            return _hosts.Count == 1 ? _hosts.Values.Single() : throw ControlException.Refuse($"There are {_hosts.Count} hosts: say which is meant.");
        }
    }

    /// <summary>Starts a host.</summary>
    public async Task<ManagedHost> StartAsync(HostSpec spec)
    {
        string name = spec.Name ?? $"host{Interlocked.Increment(ref _lastNumber)}";
        Reserve(name);
        ManagedHost managed = spec.Arguments is null ? await StartEmbeddedAsync(name, spec) : await ProgramHost.StartAsync(name, spec);
        await PrepareAsync(managed);
        Add(managed);
        return managed;
    }

    /// <summary>Takes a host in that somebody else has started and ends.</summary>
    public ManagedHost Adopt(string name, BlockHost host)
    {
        var managed = new ManagedHost(name, new HostSpec { Name = name, Program = host.Options.Identity.Program == QmpProgram.System ? "system" : "storage-daemon" }, host, static () => default);
        Add(managed);
        return managed;
    }

    /// <summary>Ends a host.</summary>
    public async Task StopAsync(string? name)
    {
        ManagedHost host = Remove(Get(name));
        await host.DisposeAsync();
        Tell(host, "stopped");
    }

    /// <summary>Lets a host die and forgets it.</summary>
    /// <returns>The host as it was, to start it again.</returns>
    public async Task<(HostSpec Spec, int LostSectors)> KillAsync(string? name, int? powerLossSeed)
    {
        ManagedHost host = Remove(Get(name));
        int lost = 0;
        if (powerLossSeed is { } seed)
        {
            lost = await host.Control.LosePowerAsync(seed);
        }
        else
        {
            await host.Control.CrashAsync();
        }

        await host.DisposeAsync();
        Tell(host, "died");
        return (host.Spec with { Name = host.Name }, lost);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ManagedHost host in All)
        {
            await Remove(host).DisposeAsync();
        }
    }

    private static async Task<ManagedHost> StartEmbeddedAsync(string name, HostSpec spec)
    {
        if (spec.Program is not ("system" or "storage-daemon"))
        {
            throw ControlException.Wrong($"There is no program '{spec.Program}', only system and storage-daemon.");
        }

        BlockHost host = await BlockHost.StartAsync(new BlockHostOptions
        {
            Profile = ProfileOf(spec.Release),
            Identity = new HostIdentity { Program = spec.Program == "system" ? QmpProgram.System : QmpProgram.StorageDaemon },
            Machine = spec.Machine,
            StartPaused = spec.IsPaused,
            ShuffleSeed = spec.ShuffleSeed,
            Clock = spec.HasVirtualClock ? new VirtualClock(DateTimeOffset.UnixEpoch) : TimeProvider.System,
        });
        MonitorListener? monitor = null;
        try
        {
            monitor = spec.Monitor is null ? null : new MonitorListener(host, spec.Monitor);
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }

        return new ManagedHost(name, spec, host, async () =>
        {
            await host.DisposeAsync();
            if (monitor is not null)
            {
                await monitor.DisposeAsync();
            }
        });
    }

    /// <summary>The profile of a release.</summary>
    public static VersionProfile ProfileOf(string? release)
    {
        try
        {
            return release is null ? VersionProfile.Default : VersionProfile.Parse(release);
        }
        catch (FormatException e)
        {
            throw ControlException.Wrong(e.Message);
        }
    }

    private static async Task PrepareAsync(ManagedHost host)
    {
        // Before anything happens of which the client is to be told.
        await host.ClientAsync();
        if (host.Spec.Records)
        {
            await host.Control.Record.StartAsync();
        }

        if (host.Spec.ExplorationSeed is { } seed)
        {
            await host.Control.ExploreAsync(seed);
        }

        if (host.Spec.TracksUnflushed)
        {
            await host.Control.TrackUnflushedAsync();
        }
    }

    private void Reserve(string name)
    {
        lock (_lock)
        {
            if (_hosts.ContainsKey(name))
            {
                throw ControlException.Refuse($"There is a host '{name}' already.");
            }
        }
    }

    private void Add(ManagedHost host)
    {
        lock (_lock)
        {
            if (!_hosts.TryAdd(host.Name, host))
            {
                throw ControlException.Refuse($"There is a host '{host.Name}' already.");
            }
        }

        host.Told += (topic, content) => Told?.Invoke(topic, content);
        Tell(host, "started");
    }

    private ManagedHost Remove(ManagedHost host)
    {
        lock (_lock)
        {
            return _hosts.Remove(host.Name) ? host : throw ControlException.Refuse($"Host '{host.Name}' is being ended.");
        }
    }

    private void Tell(ManagedHost host, string what) => Told?.Invoke("host", new JsonObject { ["host"] = host.Name, ["is"] = what });
}
