namespace QmpHost.Block.Drivers.Qcow2.Format;

/// <summary>Header bits that a program clears before it writes, unless it knows them.</summary>
[Flags]
internal enum AutoclearFeatures : ulong
{
    None = 0,

    /// <summary>The bitmaps extension is consistent with the data.</summary>
    Bitmaps = 1,

    /// <summary>The external data file is a valid raw image by itself.</summary>
    RawExternalData = 2,

    Known = Bitmaps | RawExternalData,
}
