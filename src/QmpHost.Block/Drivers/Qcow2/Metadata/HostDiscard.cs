namespace QmpHost.Block.Drivers.Qcow2.Metadata;

/// <summary>Whether and when the image file is told that freed clusters hold nothing.</summary>
internal enum HostDiscard
{
    /// <summary>Not at all.</summary>
    Never,

    /// <summary>When no table in the file refers to them any more: their contents still matter until then.</summary>
    WhenStable,

    /// <summary>At once: the guest gave the contents up.</summary>
    AtOnce,
}
