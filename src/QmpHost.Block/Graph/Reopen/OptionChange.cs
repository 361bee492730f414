namespace QmpHost.Block.Graph.Reopen;

/// <summary>What becomes of an option of a driver's own when its node gets other options.</summary>
public enum OptionChange
{
    /// <summary>It must stay as it is.</summary>
    Fixed,

    /// <summary>It must not be given again, not even as it is.</summary>
    NotAgain,

    /// <summary>It may change, but not go back to its default by being left out.</summary>
    Changeable,

    /// <summary>It may change, and be left out.</summary>
    Free,
}
