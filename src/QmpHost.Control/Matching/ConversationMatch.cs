using QmpHost.Protocol.Server.Interception;
using QmpHost.Qapi;

namespace QmpHost.Control.Matching;

/// <summary>Which commands, or replies to them, are meant: those for which everything holds that is given.</summary>
public sealed record ConversationMatch
{
    /// <summary>The command's name; a pattern.</summary>
    public string? Command { get; init; }

    /// <summary>Members that its arguments have; strings in it are patterns.</summary>
    public QDict? Arguments { get; init; }

    /// <summary>The number of the client's connection, from 1.</summary>
    public int? Client { get; init; }

    internal bool Matches(IQmpPeer peer, QmpCommand command)
        => (Client is null || Client == peer.Number) && Glob.Matches(Command, command.Name) && PartOf.Matches(Arguments, command.Arguments);
}
