using QmpHost.Machine.Objects;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Machine.Network;

/// <summary>
/// The network backends of a machine without a guest: they have ids and links, and nothing is sent. Used on the host's event
/// loop only.
/// </summary>
public sealed class NetworkBackends : IDisposable
{
    private readonly Dictionary<string, Backend> _backends = new(StringComparer.Ordinal);

    /// <summary>The kinds of backends that the build has, as "-netdev help" lists them.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["socket", "stream", "dgram", "hubport", "tap", "user"];

    /// <summary>Makes a backend.</summary>
    /// <param name="options">What it is.</param>
    /// <param name="profile">The release that the host behaves like.</param>
    /// <param name="descriptors">What the client has passed, or null where there is no client.</param>
    /// <exception cref="QmpException">Its id is wrong or taken, or the build has no such kind, or it lacks something.</exception>
    public void Add(Netdev options, VersionProfile profile, NamedDescriptors? descriptors = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        Identifier.Require(options.Id);
        string kind = options.Type.ToWire();
        if (!Kinds.Contains(kind))
        {
            throw new QmpException($"network backend '{kind}' is not compiled into this binary");
        }

        if (_backends.ContainsKey(options.Id))
        {
            throw new QmpException($"Duplicate ID '{options.Id}'");
        }

        TapNetwork? tap = options.Branch is NetdevTapOptions interfaces ? TapNetwork.Open(options.Id, interfaces, descriptors, profile) : null;
        UserNetwork? network = options.Branch is NetdevUserOptions user ? UserNetwork.Read(user) : null;
        HostForwarding? forwarding = network?.Open(((NetdevUserOptions)options.Branch!).Hostfwd?.Select(static rule => rule.Str) ?? []);
        _backends.Add(options.Id, new Backend(options.Type, network?.Description ?? Describe(options, profile)) { Forwarding = forwarding, Tap = tap });
    }

    /// <summary>Removes a backend.</summary>
    /// <param name="id">Its id.</param>
    /// <exception cref="QmpException">There is none.</exception>
    public void Remove(string id)
    {
        if (!_backends.Remove(id, out Backend? backend))
        {
            throw NotFound(id);
        }

        backend.Dispose();
        foreach (NetworkFilterObject filter in backend.Filters.ToArray())
        {
            filter.Unparent();
            filter.Finish();
        }
    }

    /// <summary>Puts a filter among those of a backend.</summary>
    /// <param name="id">The backend.</param>
    /// <param name="filter">The filter.</param>
    /// <param name="place">Another filter of it, or null for all of them; and whether the filter comes behind it.</param>
    internal void AddFilter(string id, NetworkFilterObject filter, (NetworkFilterObject? Neighbour, bool IsBehind) place)
    {
        List<NetworkFilterObject> filters = _backends[id].Filters;
        int at = place.Neighbour is null ? -1 : filters.IndexOf(place.Neighbour);
        filters.Insert(at < 0 ? place.IsBehind ? filters.Count : 0 : place.IsBehind ? at + 1 : at, filter);
    }

    /// <summary>Takes a filter away, if it is there still.</summary>
    /// <param name="filter">The filter.</param>
    internal void RemoveFilter(NetworkFilterObject filter)
    {
        foreach (Backend backend in _backends.Values)
        {
            backend.Filters.Remove(filter);
        }
    }

    /// <summary>The filters of a backend as listings show them, in the order of packets that come from the guest.</summary>
    /// <param name="id">The backend.</param>
    public IEnumerable<string> ListFilters(string id) => _backends.GetValueOrDefault(id)?.Filters.Select(static filter => filter.Description) ?? [];

    /// <summary>Gives a backend to a device.</summary>
    /// <param name="id">The backend's id.</param>
    /// <param name="device">The device.</param>
    /// <returns>True if the device has it, false if another one has it, null if there is none.</returns>
    public bool? TryAttach(string id, object device)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (_backends.GetValueOrDefault(id) is not { } backend)
        {
            return null;
        }

        backend.Peer ??= device;
        return backend.Peer == device;
    }

    /// <summary>Takes the backends from a device.</summary>
    /// <param name="device">The device.</param>
    public void Detach(object device)
    {
        foreach (Backend backend in _backends.Values.Where(backend => backend.Peer == device))
        {
            backend.Peer = null;
        }
    }

    /// <summary>The backends, oldest first: id, how listings show it, and whether a device has it.</summary>
    public IEnumerable<(string Id, string Description, bool HasPeer)> List()
        => _backends.SelectMany(static entry => entry.Value.Descriptions.Select(
            description => (entry.Key, $"{entry.Key}: index=0,type={entry.Value.Kind.ToWire()},{description}", entry.Value.Peer is not null)));

    /// <summary>Whether a device has a backend.</summary>
    /// <param name="id">The backend's id.</param>
    public bool HasPeer(string id) => _backends.GetValueOrDefault(id)?.Peer is not null;

    /// <summary>Connects or disconnects a backend.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="up">Whether it is connected.</param>
    /// <exception cref="QmpException">There is none.</exception>
    public void SetLink(string id, bool up) => (_backends.GetValueOrDefault(id) ?? throw NotFound(id)).IsUp = up;

    /// <summary>Leads a port of the computer to a guest.</summary>
    /// <param name="id">The backend, or null for the first that can.</param>
    /// <param name="rule">The rule.</param>
    /// <exception cref="QmpException">There is no such backend, the rule is wrong, or the port is taken.</exception>
    public void Forward(string? id, string rule) => FindForwarding(id).Add(rule);

    /// <summary>Leads a port of the computer no longer to a guest.</summary>
    /// <param name="id">The backend, or null for the first that can.</param>
    /// <param name="host">The computer's side of the rule.</param>
    /// <returns>Whether there was such a rule.</returns>
    /// <exception cref="QmpException">There is no such backend, or the text is no port.</exception>
    public bool StopForwarding(string? id, string host)
    {
        HostForwarding forwarding = FindForwarding(id);
        return ForwardingRule.ReadHost(host) is var (protocol, address) ? forwarding.Remove(protocol, address) : throw new QmpException("invalid format");
    }

    /// <summary>The ports of the computer that lead to guests, by backend.</summary>
    public string DescribeForwarding()
        => string.Concat(_backends.Where(static entry => entry.Value.Forwarding is not null).Select(static entry => $"Hub -1 ({entry.Key}):\n{entry.Value.Forwarding!.Describe()}"));

    /// <summary>Closes what is open.</summary>
    public void Dispose()
    {
        foreach (Backend backend in _backends.Values)
        {
            backend.Dispose();
        }
    }

    private HostForwarding FindForwarding(string? id) => id is null
        ? _backends.Values.Select(static backend => backend.Forwarding).FirstOrDefault(static forwarding => forwarding is not null)
            ?? throw new QmpException("user mode network stack not in use")
        : _backends.GetValueOrDefault(id) is { } backend
            ? backend.Forwarding ?? throw new QmpException($"invalid netdev id '{id}'")
            : throw new QmpException($"unrecognized netdev id '{id}'");

    /// <summary>Whether there is a backend.</summary>
    /// <param name="id">Its id.</param>
    public bool Has(string id) => _backends.ContainsKey(id);

    // What is wrong with a backend is found here, too.
    private string Describe(Netdev options, VersionProfile profile)
    {
        switch (options.Branch)
        {
            case NetdevSocketOptions socket:
                SocketChecks.Check(socket);
                return socket.Mcast is { } group ? $"socket: mcast={group}" : socket.Udp is { } peer ? $"socket: udp={peer}" : string.Empty;
            case NetdevStreamOptions stream:
                SocketChecks.Check(stream, profile);
                return string.Empty;
            case NetdevDgramOptions datagrams:
                SocketChecks.Check(datagrams);
                return string.Empty;
            case NetdevHubPortOptions { Netdev: { } id } when !Has(id):
                throw new QmpException($"netdev '{id}' not found");
            default:
                return string.Empty;
        }
    }

    private static QmpException NotFound(string id) => new(QmpErrorClass.DeviceNotFound, $"Device '{id}' not found");

    private sealed class Backend(NetClientDriver kind, string description) : IDisposable
    {
        public NetClientDriver Kind => kind;

        public IEnumerable<string> Descriptions => Tap?.Descriptions ?? [description];

        public HostForwarding? Forwarding { get; init; }

        public TapNetwork? Tap { get; init; }

        public bool IsUp { get; set; } = true;

        public List<NetworkFilterObject> Filters { get; } = [];

        public object? Peer { get; set; }

        public void Dispose()
        {
            Forwarding?.Dispose();
            Tap?.Dispose();
        }
    }
}
