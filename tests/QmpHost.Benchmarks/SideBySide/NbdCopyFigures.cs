using System.Diagnostics;
using System.Globalization;

namespace QmpHost.Benchmarks.SideBySide;

/// <summary>How fast a whole disk is read and written over NBD.</summary>
internal static class NbdCopyFigures
{
    /// <summary>The client.</summary>
    public const string Tool = "nbdcopy";

    private const long Size = 1L << 30;

    /// <summary>MiB per second of reading a disk.</summary>
    /// <param name="contender">The program.</param>
    /// <param name="connections">How many connections the client makes.</param>
    /// <returns>The figure.</returns>
    public static double Read(Contender contender, int connections)
    {
        using var directory = new MemoryDirectory();
        using var daemon = NbdDaemon.Serve(contender, directory, directory.WriteData("disk.raw", Size));
        return Copy(connections, daemon.Uri("disk"), "null:");
    }

    /// <summary>MiB per second of writing a disk that was a hole.</summary>
    /// <param name="contender">The program.</param>
    /// <param name="connections">How many connections the client makes.</param>
    /// <returns>The figure.</returns>
    public static double Write(Contender contender, int connections)
    {
        using var directory = new MemoryDirectory();
        string source = directory.WriteData("source.raw", Size);
        using var daemon = NbdDaemon.Serve(contender, directory, directory.MakeHole("disk.raw", Size));
        return Copy(connections, source, daemon.Uri("disk"));
    }

    private static double Copy(int connections, string source, string target)
    {
        long started = Stopwatch.GetTimestamp();
        ExternalTool.Run(Tool, $"--connections={connections.ToString(CultureInfo.InvariantCulture)}", "--sparse=0", source, target);
        return Size / 1048576.0 / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
