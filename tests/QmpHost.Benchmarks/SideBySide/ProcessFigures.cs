namespace QmpHost.Benchmarks.SideBySide;

/// <summary>What a process costs before it does anything.</summary>
internal static class ProcessFigures
{
    /// <summary>Milliseconds from start to negotiated session.</summary>
    /// <param name="contender">The program.</param>
    /// <returns>The figure.</returns>
    public static double Startup(Contender contender)
    {
        using DaemonProcess daemon = DaemonProcess.Start(contender);
        return daemon.Startup.TotalMilliseconds;
    }

    /// <summary>Resident MiB after negotiation and one command.</summary>
    /// <param name="contender">The program.</param>
    /// <returns>The figure.</returns>
    public static double IdleMemory(Contender contender)
    {
        using DaemonProcess daemon = DaemonProcess.Start(contender);
        daemon.Monitor.Execute("""{"execute":"query-version"}""");
        return daemon.ResidentKiB / 1024.0;
    }
}
