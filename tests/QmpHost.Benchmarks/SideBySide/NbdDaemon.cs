namespace QmpHost.Benchmarks.SideBySide;

/// <summary>A storage daemon that serves disks over NBD.</summary>
internal sealed class NbdDaemon : IDisposable
{
    private readonly MemoryDirectory _directory;

    private NbdDaemon(MemoryDirectory directory, DaemonProcess process)
    {
        _directory = directory;
        Process = process;
    }

    /// <summary>The daemon.</summary>
    public DaemonProcess Process { get; }

    /// <summary>The socket that it listens on.</summary>
    public string Socket => SocketIn(_directory);

    /// <summary>Starts a daemon with one file as a disk.</summary>
    /// <param name="contender">Which one.</param>
    /// <param name="directory">Where its socket lies.</param>
    /// <param name="file">The file.</param>
    /// <returns>The daemon; its export is named "disk".</returns>
    public static NbdDaemon Serve(Contender contender, MemoryDirectory directory, string file) => Start(
        contender,
        directory,
        ["--blockdev", $"driver=raw,node-name=disk,file.driver=file,file.filename={file}"],
        ["disk"]);

    /// <summary>Starts a daemon.</summary>
    /// <param name="contender">Which one.</param>
    /// <param name="directory">Where its socket lies.</param>
    /// <param name="nodes">Arguments that make the nodes.</param>
    /// <param name="exports">The nodes to export, each under its own name; a snapshot cannot be written, everything else can.</param>
    /// <returns>The daemon.</returns>
    public static NbdDaemon Start(Contender contender, MemoryDirectory directory, IReadOnlyList<string> nodes, IReadOnlyList<string> exports)
    {
        List<string> arguments = [.. nodes, "--nbd-server", $"addr.type=unix,addr.path={SocketIn(directory)}"];
        foreach (string node in exports)
        {
            arguments.AddRange("--export", $"type=nbd,id=export-{node},node-name={node},name={node},writable={(node == "snapshot" ? "off" : "on")}");
        }

        return new NbdDaemon(directory, DaemonProcess.Start(contender, arguments));
    }

    /// <summary>The address of an export.</summary>
    /// <param name="export">Its name.</param>
    /// <returns>The URI.</returns>
    public string Uri(string export) => $"nbd+unix:///{export}?socket={Socket}";

    /// <summary>Ends the daemon; the directory stays.</summary>
    public void Dispose() => Process.Dispose();

    private static string SocketIn(MemoryDirectory directory) => directory.PathOf("nbd.sock");
}
