using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace QmpHost.Benchmarks.SideBySide;

/// <summary>A started storage daemon with one negotiated monitor. The benchmark listens and the daemon connects, so that nothing is polled.</summary>
internal sealed class DaemonProcess : IDisposable
{
    private readonly Process _process;
    private readonly string _directory;

    private DaemonProcess(Process process, RawQmpConnection monitor, string directory, TimeSpan startup)
    {
        _process = process;
        _directory = directory;
        Monitor = monitor;
        Startup = startup;
    }

    /// <summary>The monitor.</summary>
    public RawQmpConnection Monitor { get; }

    /// <summary>From the start of the process to the reply to qmp_capabilities.</summary>
    public TimeSpan Startup { get; }

    /// <summary>Resident memory in KiB.</summary>
    public long ResidentKiB => ReadStatus("VmRSS:");

    /// <summary>Starts a daemon.</summary>
    /// <param name="contender">Which one.</param>
    /// <param name="arguments">More arguments; what they ask for is there when the daemon greets.</param>
    /// <returns>The daemon.</returns>
    public static DaemonProcess Start(Contender contender, params IReadOnlyList<string> arguments)
    {
        string directory = Directory.CreateTempSubdirectory("qmphost-bench-").FullName;
        string socketPath = Path.Combine(directory, "qmp");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(socketPath));
        listener.Listen();

        var start = new ProcessStartInfo(contender.Path) { UseShellExecute = false, RedirectStandardOutput = true };
        string[] monitor = ["--chardev", $"socket,id=benchmark,path={socketPath}", "--monitor", "chardev=benchmark"];
        foreach (string argument in (string[])[.. contender.Arguments, .. arguments, .. monitor])
        {
            start.ArgumentList.Add(argument);
        }

        long started = Stopwatch.GetTimestamp();
        Process process = Process.Start(start)!;
        var connection = new RawQmpConnection(listener.Accept());
        connection.ReadLine();
        connection.Execute("""{"execute":"qmp_capabilities"}""");
        return new DaemonProcess(process, connection, directory, Stopwatch.GetElapsedTime(started));
    }

    /// <summary>Ends the daemon.</summary>
    public void Dispose()
    {
        Monitor.Dispose();
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private long ReadStatus(string key)
    {
        string line = File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith(key, StringComparison.Ordinal));
        return long.Parse(line[key.Length..].Replace("kB", string.Empty, StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
    }
}
