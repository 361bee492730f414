using QmpHost.Protocol.Server.Interception;
using QmpHost.Qapi;

namespace QmpHost.Control.Matching;

/// <summary>Which events, on their way to which client, are meant.</summary>
public sealed record EventMatch
{
    /// <summary>The event's name; a pattern.</summary>
    public string? Name { get; init; }

    /// <summary>Members that its data have; strings in it are patterns.</summary>
    public QDict? Data { get; init; }

    /// <summary>The number of the client's connection, from 1.</summary>
    public int? Client { get; init; }

    internal bool Matches(IQmpPeer peer, QapiEvent qapiEvent, VersionProfile profile)
        => (Client is null || Client == peer.Number)
            && Glob.Matches(Name, qapiEvent.Name)
            && (Data is null || (qapiEvent.HasData && PartOf.Matches(Data, qapiEvent.ToObject(profile))));
}
