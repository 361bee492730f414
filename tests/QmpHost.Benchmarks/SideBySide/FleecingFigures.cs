using System.Text.Json;

namespace QmpHost.Benchmarks.SideBySide;

/// <summary>
/// Image fleecing under load: a backup client reads the frozen disk while the guest writes, and each write of the guest is
/// the first to its cluster, so that each copies the old content away before it passes. One of the two runs at a fixed rate,
/// the same for both programs, so that neither figure is bought with the other.
/// </summary>
internal static class FleecingFigures
{
    private const long Size = 1L << 30;
    private const string Seconds = "3";

    /// <summary>MiB per second that the client reads while the guest writes 64 MiB per second.</summary>
    /// <param name="contender">The program.</param>
    /// <returns>The figure.</returns>
    public static double Read(Contender contender) => Run(contender, guestLimit: "64m", readerLimit: null).Reader;

    /// <summary>MiB per second that the guest writes while the client reads 64 MiB per second.</summary>
    /// <param name="contender">The program.</param>
    /// <returns>The figure.</returns>
    public static double Write(Contender contender) => Run(contender, guestLimit: null, readerLimit: "64m").Guest;

    private static (double Reader, double Guest) Run(Contender contender, string? guestLimit, string? readerLimit)
    {
        using var directory = new MemoryDirectory();
        string disk = directory.WriteData("disk.raw", Size);
        string scratch = directory.MakeHole("scratch.raw", Size);
        using var daemon = NbdDaemon.Start(
            contender,
            directory,
            [
                "--blockdev", $"driver=raw,node-name=disk,file.driver=file,file.filename={disk}",
                "--blockdev", $"driver=raw,node-name=scratch,file.driver=file,file.filename={scratch}",
                "--blockdev", "driver=copy-before-write,node-name=guest,file=disk,target=scratch",
                "--blockdev", "driver=snapshot-access,node-name=snapshot,file=guest",
            ],
            ["guest", "snapshot"]);
        IReadOnlyDictionary<string, JsonElement> jobs = Fio.Run(
        [
            "--ioengine=nbd", "--bs=64k", "--size=1g", "--iodepth=4", $"--runtime={Seconds}", "--exitall",
            .. Job("guest", daemon.Uri("guest"), "randwrite", guestLimit),
            .. Job("reader", daemon.Uri("snapshot"), "randread", readerLimit),
        ]);
        return (Rate(jobs["reader"], "read"), Rate(jobs["guest"], "write"));
    }

    private static string[] Job(string name, string uri, string pattern, string? limit)
        => [$"--name={name}", $"--uri={uri}", $"--rw={pattern}", .. limit is null ? [] : (string[])[$"--rate={limit}"]];

    private static double Rate(JsonElement job, string direction)
        => job.GetProperty(direction).GetProperty("bw_bytes").GetDouble() / 1048576.0;
}
