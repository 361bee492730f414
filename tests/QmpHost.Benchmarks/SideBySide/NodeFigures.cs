using System.Diagnostics;
using System.Text;

namespace QmpHost.Benchmarks.SideBySide;

/// <summary>How a host of many nodes does.</summary>
internal static class NodeFigures
{
    private const int Listings = 20;

    /// <summary>Nodes per second that are added to an empty host, each after the reply to the one before.</summary>
    /// <param name="contender">The program.</param>
    /// <param name="nodes">How many.</param>
    /// <returns>The figure.</returns>
    public static double Add(Contender contender, int nodes)
    {
        using DaemonProcess daemon = DaemonProcess.Start(contender);
        return nodes / AddAll(daemon.Monitor, nodes).TotalSeconds;
    }

    /// <summary>Flat listings per second of all nodes.</summary>
    /// <param name="contender">The program.</param>
    /// <param name="nodes">How many nodes there are.</param>
    /// <returns>The figure.</returns>
    public static double List(Contender contender, int nodes)
    {
        using DaemonProcess daemon = DaemonProcess.Start(contender);
        AddAll(daemon.Monitor, nodes);
        byte[] command = Encoding.UTF8.GetBytes("""{"execute":"query-named-block-nodes","arguments":{"flat":true}}""");
        Exchange(daemon.Monitor, Listings, _ => command);
        return Listings / Exchange(daemon.Monitor, Listings, _ => command).TotalSeconds;
    }

    /// <summary>Nodes per second that are deleted, oldest first, until none is left.</summary>
    /// <param name="contender">The program.</param>
    /// <param name="nodes">How many nodes there are.</param>
    /// <returns>The figure.</returns>
    public static double Delete(Contender contender, int nodes)
    {
        using DaemonProcess daemon = DaemonProcess.Start(contender);
        AddAll(daemon.Monitor, nodes);
        TimeSpan elapsed = Exchange(daemon.Monitor, nodes, i => Encoding.UTF8.GetBytes($$$"""{"execute":"blockdev-del","arguments":{"node-name":"n{{{i}}}"}}"""));
        CheckCount(daemon.Monitor, 0);
        return nodes / elapsed.TotalSeconds;
    }

    private static TimeSpan AddAll(RawQmpConnection monitor, int nodes)
    {
        TimeSpan elapsed = Exchange(
            monitor,
            nodes,
            i => Encoding.UTF8.GetBytes($$$"""{"execute":"blockdev-add","arguments":{"driver":"null-co","node-name":"n{{{i}}}","size":1048576}}"""));
        CheckCount(monitor, nodes);
        return elapsed;
    }

    // A command that fails is fast too: the nodes are counted afterwards.
    private static void CheckCount(RawQmpConnection monitor, int expected)
    {
        string listing = monitor.Execute("""{"execute":"query-named-block-nodes","arguments":{"flat":true}}""");
        int count = listing.Split("\"node-name\":").Length - 1;
        if (count != expected)
        {
            throw new InvalidOperationException($"There are {count} nodes instead of {expected}.");
        }
    }

    private static TimeSpan Exchange(RawQmpConnection monitor, int count, Func<int, byte[]> command)
    {
        long started = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            monitor.Send(command(i));
            monitor.SkipLines(1);
        }

        return Stopwatch.GetElapsedTime(started);
    }
}
