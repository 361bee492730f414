using System.Diagnostics;

namespace QmpHost.Benchmarks.SideBySide;

/// <summary>How fast a full backup runs.</summary>
internal static class BackupFigures
{
    private const long Size = 1L << 30;

    /// <summary>MiB per second of a full backup of 1 GiB of data on a memory file system.</summary>
    /// <param name="contender">The program.</param>
    /// <param name="format">The target's format, "raw" or "qcow2".</param>
    /// <returns>The figure.</returns>
    public static double Full(Contender contender, string format)
    {
        using var directory = new MemoryDirectory();
        string source = directory.WriteData("source.raw", Size);
        string target = directory.PathOf("target.img");
        using DaemonProcess daemon = DaemonProcess.Start(contender);
        AddNodes(daemon.Monitor, source, target, format);
        long started = Stopwatch.GetTimestamp();
        daemon.Monitor.Execute("""{"execute":"blockdev-backup","arguments":{"job-id":"backup","device":"source","target":"target","sync":"full"}}""");
        daemon.Monitor.ReadUntil("BLOCK_JOB_COMPLETED");
        return Size / 1048576.0 / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static void AddNodes(RawQmpConnection monitor, string source, string target, string format)
    {
        monitor.Execute($$$$"""{"execute":"blockdev-create","arguments":{"job-id":"file","options":{"driver":"file","filename":"{{{{target}}}}","size":{{{{(format == "raw" ? Size : 0)}}}}}}}""");
        Conclude(monitor, "file");
        monitor.Execute($$$$"""{"execute":"blockdev-add","arguments":{"driver":"file","node-name":"target-file","filename":"{{{{target}}}}"}}""");
        if (format != "raw")
        {
            monitor.Execute($$$$"""{"execute":"blockdev-create","arguments":{"job-id":"format","options":{"driver":"{{{{format}}}}","file":"target-file","size":{{{{Size}}}}}}}""");
            Conclude(monitor, "format");
        }

        monitor.Execute($$$$"""{"execute":"blockdev-add","arguments":{"driver":"{{{{format}}}}","node-name":"target","file":"target-file"}}""");
        monitor.Execute($$$$"""{"execute":"blockdev-add","arguments":{"driver":"raw","node-name":"source","file":{"driver":"file","filename":"{{{{source}}}}"}}}""");
    }

    private static void Conclude(RawQmpConnection monitor, string job)
    {
        // The job may have ended before the reply to its command: asking is the one way that misses nothing.
        while (!monitor.Execute("""{"execute":"query-jobs"}""").Contains("concluded", StringComparison.Ordinal))
        {
        }

        monitor.Execute($$$$"""{"execute":"job-dismiss","arguments":{"id":"{{{{job}}}}"}}""");
    }
}
