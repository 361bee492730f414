namespace QmpHost.Block.Graph;

/// <summary>Tells an image's format from its first bytes.</summary>
internal static class FormatProbe
{
    /// <summary>The format that the first bytes of an image show; "raw" if none.</summary>
    public static string Detect(ReadOnlySpan<byte> head)
        => head.Length >= 8 && head.StartsWith((ReadOnlySpan<byte>)[0x51, 0x46, 0x49, 0xfb]) ? "qcow2" : "raw";
}
