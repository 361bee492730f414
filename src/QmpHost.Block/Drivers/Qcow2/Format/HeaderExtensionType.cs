namespace QmpHost.Block.Drivers.Qcow2.Format;

/// <summary>The kinds of header extensions that are understood; all others are kept as they are.</summary>
internal enum HeaderExtensionType : uint
{
    End = 0,
    BackingFormat = 0xe2792aca,
    FeatureNames = 0x6803f857,
    Bitmaps = 0x23852875,
    Encryption = 0x0537be77,
    DataFile = 0x44415441,
}
