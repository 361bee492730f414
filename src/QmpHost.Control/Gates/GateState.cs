namespace QmpHost.Control.Gates;

/// <summary>How far a gate has come; it never goes back.</summary>
public enum GateState
{
    /// <summary>What it is to hold has not come.</summary>
    Armed,

    /// <summary>It holds something.</summary>
    Holding,

    /// <summary>It was opened, or the host is ending: it holds nothing any more.</summary>
    Released,
}
