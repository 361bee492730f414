namespace QmpHost.Block.Graph.Filenames;

/// <summary>Tells an image's format from its first bytes.</summary>
public static class FormatProbe
{
    /// <summary>How many bytes are looked at.</summary>
    public const int Length = 512;

    /// <summary>What whoever runs the program is told where nobody gave the format and the image looks like none.</summary>
    /// <param name="image">The name of the image.</param>
    /// <returns>Three lines.</returns>
    public static string DescribeGuess(string image)
        => $"WARNING: Image format was not specified for '{image}' and probing guessed raw.\n"
            + "         Automatically detecting the format is dangerous for raw images, write operations on block 0 will be restricted.\n"
            + "         Specify the 'raw' format explicitly to remove the restrictions.";

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
