namespace QmpHost.Block.Drivers.Qcow2.Metadata;

/// <summary>The structures of an image that data must not be written over, as the overlap-check option names them.</summary>
[Flags]
internal enum MetadataSections
{
    None = 0,
    MainHeader = 1,
    ActiveL1 = 2,
    ActiveL2 = 4,
    RefcountBlock = 8,
    RefcountTable = 16,
    SnapshotTable = 32,
    InactiveL1 = 64,
    InactiveL2 = 128,
    BitmapDirectory = 256,

    /// <summary>What is at a place that does not change, known without further reading.</summary>
    Constant = MainHeader | ActiveL1 | RefcountTable | SnapshotTable | BitmapDirectory,

    /// <summary>What is known from tables that are in memory anyway.</summary>
    Cached = Constant | ActiveL2 | RefcountBlock | InactiveL1,

    /// <summary>Everything.</summary>
    All = Cached | InactiveL2,
}
