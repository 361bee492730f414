namespace QmpHost.Block.Jobs.Mirror;

/// <summary>What the target's backing file is at the end.</summary>
internal enum MirrorBackingMode
{
    /// <summary>What it is already.</summary>
    Keep,

    /// <summary>That of the source, or the source itself where only what is written meanwhile is copied.</summary>
    TakeFromSource,

    /// <summary>The one that the target's header names.</summary>
    Open,
}
