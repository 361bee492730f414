namespace QmpHost.Block.Throttling;

/// <summary>What a limit counts.</summary>
public enum ThrottleBucketKind
{
    /// <summary>Bytes read and written.</summary>
    BpsTotal,

    /// <summary>Bytes read.</summary>
    BpsRead,

    /// <summary>Bytes written.</summary>
    BpsWrite,

    /// <summary>Requests of both directions.</summary>
    IopsTotal,

    /// <summary>Read requests.</summary>
    IopsRead,

    /// <summary>Write requests.</summary>
    IopsWrite,
}
