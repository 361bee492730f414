namespace QmpHost.IoTests.Scenarios;

/// <summary>How the first test backup of a part fails.</summary>
public enum BackupFailure
{
    /// <summary>It does not.</summary>
    None,

    /// <summary>It has copied everything and is then cancelled instead of finalised.</summary>
    Simulated,

    /// <summary>A read fails while it copies.</summary>
    Intermediate,
}
