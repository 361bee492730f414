namespace QmpHost.Benchmarks.SideBySide;

/// <summary>What a client costs that is connected and does nothing.</summary>
internal static class NbdConnectionFigures
{
    // A server that is told nothing else takes a hundred.
    private const int MaxConnections = 100;

    /// <summary>KiB of resident memory per idle connection.</summary>
    /// <param name="contender">The program.</param>
    /// <returns>The figure.</returns>
    public static double Memory(Contender contender)
    {
        using var directory = new MemoryDirectory();
        using var daemon = NbdDaemon.Serve(contender, directory, directory.MakeHole("disk.raw", 1 << 20));

        // What the first connection alone brings into memory is the server's, not a connection's.
        var clients = new List<RawNbdConnection> { RawNbdConnection.Open(daemon.Socket, "disk") };
        long before = daemon.Process.ResidentKiB;
        try
        {
            while (clients.Count < MaxConnections)
            {
                clients.Add(RawNbdConnection.Open(daemon.Socket, "disk"));
            }

            return (daemon.Process.ResidentKiB - before) / (MaxConnections - 1.0);
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }
}
