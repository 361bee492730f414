using QmpHost.Qapi;

namespace QmpHost.Control.Rules;

/// <summary>The error that a rule answers.</summary>
/// <param name="Desc">Its text.</param>
/// <param name="Class">Its class.</param>
public sealed record RuleError(string Desc, QmpErrorClass Class = QmpErrorClass.GenericError);

/// <summary>An event that a rule makes up.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Data">Its data, or null for none.</param>
public sealed record RuleEvent(string Name, QDict? Data = null);

/// <summary>Where, seen from a reply, a connection ends.</summary>
public enum DropPoint
{
    /// <summary>Before the command runs, or before its reply is sent.</summary>
    Before,

    /// <summary>In the middle of the reply.</summary>
    Within,

    /// <summary>After the reply.</summary>
    After,
}

/// <summary>Which connections are meant.</summary>
public sealed record WireMatch
{
    /// <summary>The number of the client's connection, from 1; any where it is not given.</summary>
    public int? Client { get; init; }

    internal bool Matches(int number) => Client is null || Client == number;
}
