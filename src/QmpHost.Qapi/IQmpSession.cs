namespace QmpHost.Qapi;

/// <summary>The monitor session that sent a command.</summary>
public interface IQmpSession
{
    /// <summary>Whether the client has negotiated capabilities.</summary>
    bool IsNegotiated { get; }
}
