using System.Text.Json;
using System.Text.Json.Nodes;
using QmpHost.Block.Core;
using QmpHost.Control.Hosts;
using QmpHost.Control.Rpc.Methods;
using QmpHost.Hosting.Guests;
using QmpHost.Qapi;

namespace QmpHost.Control.Rpc;

/// <summary>The control interface: its methods, and whom it tells of what happens.</summary>
internal sealed class ControlInterface
{
    private readonly Dictionary<string, ControlMethod> _methods;
    private readonly List<ControlConnection> _connections = [];

    public ControlInterface(HostPool hosts)
    {
        Hosts = hosts;
        _methods = All().ToDictionary(static method => method.Name, StringComparer.Ordinal);
        hosts.Told += Tell;
    }

    /// <summary>The hosts.</summary>
    public HostPool Hosts { get; }

    /// <summary>All methods, by domain.</summary>
    public static IReadOnlyList<ControlMethod> All() =>
    [
        .. HostMethods.All, .. QmpMethods.All, .. ClockMethods.All, .. GateMethods.All, .. RuleMethods.All,
        .. DiskMethods.All, .. GuestMethods.All, .. RecordMethods.All, .. GraphMethods.All,
        new("rpc.discover", "Describes this interface.", [], "An OpenRPC document.", static _ => Task.FromResult<JsonNode?>(OpenRpc.Document(All()))),
    ];

    /// <summary>The error that clients are told of an exception.</summary>
    public static ControlException Translate(Exception exception) => exception switch
    {
        ControlException known => known,
        QmpException qmp => new ControlException(
            ControlException.CommandFailed, qmp.Message, new JsonObject { ["class"] = qmp.ErrorClass.ToString(), ["desc"] = qmp.Message }),
        GuestIOException guest => new ControlException(ControlException.Refused, guest.Message, new JsonObject { ["errno"] = guest.ErrorName }),
        BlockIOException io => new ControlException(ControlException.Refused, io.Errno.Describe(), new JsonObject { ["errno"] = io.Errno.ToString() }),
        ArgumentException argument => ControlException.Wrong(argument.Message),
        TimeoutException => new ControlException(ControlException.TimedOut, exception.Message),
        _ => ControlException.Refuse(exception.Message),
    };

    /// <summary>Carries a call out.</summary>
    public Task<JsonNode?> CallAsync(string name, JsonElement parameters, ControlConnection connection, CancellationToken cancellationToken)
        => _methods.TryGetValue(name, out ControlMethod? method)
            ? method.Run(new ControlCall(method, parameters, Hosts, connection, cancellationToken))
            : throw new ControlException(ControlException.MethodNotFound, $"There is no method '{name}'; rpc.discover lists those there are.");

    /// <summary>Serves a client until it is gone.</summary>
    public async Task ServeAsync(ControlConnection connection)
    {
        lock (_connections)
        {
            _connections.Add(connection);
        }

        connection.StartListening();
        await connection.Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_connections)
        {
            _connections.Remove(connection);
        }
    }

    private void Tell(string topic, JsonObject content)
    {
        ControlConnection[] all;
        lock (_connections)
        {
            all = [.. _connections];
        }

        foreach (ControlConnection connection in all)
        {
            connection.Tell(topic, content);
        }
    }
}
