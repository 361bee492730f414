using System.Globalization;

namespace QmpHost.Benchmarks.SideBySide;

/// <summary>How many small requests at random places are served over NBD.</summary>
internal static class RandomAccessFigures
{
    private const long Size = 256L << 20;

    /// <summary>Requests of 4 KiB per second.</summary>
    /// <param name="contender">The program.</param>
    /// <param name="pattern">fio's name of the pattern, "randread" or "randwrite".</param>
    /// <param name="depth">How many requests are under way at once.</param>
    /// <returns>The figure.</returns>
    public static double Rate(Contender contender, string pattern, int depth)
    {
        using var directory = new MemoryDirectory();
        using var daemon = NbdDaemon.Serve(contender, directory, directory.WriteData("disk.raw", Size));
        return Fio.Run(
            "--name=random",
            "--ioengine=nbd",
            $"--uri={daemon.Uri("disk")}",
            $"--rw={pattern}",
            "--bs=4k",
            $"--iodepth={depth.ToString(CultureInfo.InvariantCulture)}",
            $"--size={Size.ToString(CultureInfo.InvariantCulture)}",
            "--time_based",
            "--runtime=2")["random"].GetProperty(pattern["rand".Length..]).GetProperty("iops").GetDouble();
    }
}
