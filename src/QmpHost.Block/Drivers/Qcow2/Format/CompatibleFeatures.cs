namespace QmpHost.Block.Drivers.Qcow2.Format;

/// <summary>Header bits that a program may ignore.</summary>
[Flags]
internal enum CompatibleFeatures : ulong
{
    None = 0,

    /// <summary>Refcounts may be written late, under the dirty bit.</summary>
    LazyRefcounts = 1,
}
