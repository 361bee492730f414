namespace QmpHost.Block.Loop;

/// <summary>One main turn on a host's stack of them; what polls within it begins those above it.</summary>
/// <param name="owner">The host's turns.</param>
internal sealed class MainTurn(MainTurns owner)
{
    /// <summary>The host's turns.</summary>
    public MainTurns Owner { get; } = owner;

    /// <summary>The turn that polls while this one runs, or null.</summary>
    public MainTurn? Below { get; set; }

    /// <summary>Whether it waits in a way that lets work that has become due run inside it.</summary>
    public bool IsPolling { get; set; }

    /// <summary>Whether it is over: code that was begun within it and still runs does not belong to it any more.</summary>
    public bool IsEnded { get; set; }
}
