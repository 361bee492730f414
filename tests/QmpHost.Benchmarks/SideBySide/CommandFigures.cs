using System.Diagnostics;
using System.Text;

namespace QmpHost.Benchmarks.SideBySide;

/// <summary>How fast commands are answered.</summary>
internal static class CommandFigures
{
    private const int Warmup = 500;
    private const int Count = 10_000;
    private const int Pairs = 1_000;

    /// <summary>Commands per second, each sent after the reply to the one before.</summary>
    /// <param name="contender">The program.</param>
    /// <returns>The figure.</returns>
    public static double OneAtATime(Contender contender)
    {
        using DaemonProcess daemon = DaemonProcess.Start(contender);
        byte[] command = Encoding.UTF8.GetBytes("""{"execute":"query-version"}""");
        return Rate(Count, () =>
        {
            daemon.Monitor.Send(command);
            daemon.Monitor.SkipLines(1);
        });
    }

    /// <summary>Commands per second, sent without waiting for replies.</summary>
    /// <param name="contender">The program.</param>
    /// <returns>The figure.</returns>
    public static double Pipelined(Contender contender)
    {
        const int Batch = 200;
        using DaemonProcess daemon = DaemonProcess.Start(contender);
        byte[] commands = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("""{"execute":"query-version"}""", Batch)));
        return Batch * Rate(Count / Batch, () =>
        {
            daemon.Monitor.Send(commands);
            daemon.Monitor.SkipLines(Batch);
        });
    }

    /// <summary>Pairs of blockdev-add and blockdev-del per second.</summary>
    /// <param name="contender">The program.</param>
    /// <returns>The figure.</returns>
    public static double AddAndDelete(Contender contender)
    {
        using DaemonProcess daemon = DaemonProcess.Start(contender);
        byte[] add = Encoding.UTF8.GetBytes("""{"execute":"blockdev-add","arguments":{"driver":"null-co","node-name":"n","size":1048576}}""");
        byte[] del = Encoding.UTF8.GetBytes("""{"execute":"blockdev-del","arguments":{"node-name":"n"}}""");
        return Rate(Pairs, () =>
        {
            daemon.Monitor.Send(add);
            daemon.Monitor.SkipLines(1);
            daemon.Monitor.Send(del);
            daemon.Monitor.SkipLines(1);
        });
    }

    private static double Rate(int count, Action action)
    {
        for (int i = 0; i < Math.Min(Warmup, count); i++)
        {
            action();
        }

        long started = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            action();
        }

        return count / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
