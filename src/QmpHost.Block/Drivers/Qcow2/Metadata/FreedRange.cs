namespace QmpHost.Block.Drivers.Qcow2.Metadata;

/// <summary>Neighbouring host clusters that were freed together and wait to be used again.</summary>
internal sealed class FreedRange(long first, HostDiscard discard)
{
    /// <summary>The first cluster.</summary>
    public long First { get; } = first;

    /// <summary>How many clusters.</summary>
    public long Count { get; set; } = 1;

    /// <summary>Whether and when the image file is told.</summary>
    public HostDiscard Discard { get; } = discard;

    /// <summary>The image file has still to be told.</summary>
    public bool NeedsDiscard { get; set; } = discard != HostDiscard.Never;

    /// <summary>The image file is about to be told.</summary>
    public bool IsDiscardQueued { get; set; }

    /// <summary>No request that may still use the clusters is under way.</summary>
    public bool IsQuiet { get; set; }

    /// <summary>No table in the file refers to the clusters any more.</summary>
    public bool IsStable { get; set; }
}
