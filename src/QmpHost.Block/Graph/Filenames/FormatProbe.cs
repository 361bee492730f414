namespace QmpHost.Block.Graph.Filenames;

/// <summary>Tells an image's format from its first bytes.</summary>
internal static class FormatProbe
{
    /// <summary>How many bytes are looked at.</summary>
    public const int Length = 512;

    /// <summary>The format that the first bytes of an image show: the driver that is surest of it.</summary>
    public static string Detect(BlockDriverRegistry drivers, ReadOnlySpan<byte> head)
    {
        string format = "raw";
        int best = 0;
        foreach (BlockDriverDescriptor driver in drivers.All)
        {
            int score = driver.Probe?.Invoke(head) ?? 0;
            if (score > best)
            {
                best = score;
                format = driver.Name;
            }
        }

        return format;
    }
}
