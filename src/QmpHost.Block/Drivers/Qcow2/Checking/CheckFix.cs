namespace QmpHost.Block.Drivers.Qcow2.Checking;

/// <summary>What a check corrects.</summary>
[Flags]
internal enum CheckFix
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Counts of clusters that nobody uses.</summary>
    Leaks = 1,

    /// <summary>Contradictions.</summary>
    Errors = 2,

    /// <summary>Everything that can be.</summary>
    All = Leaks | Errors,
}
