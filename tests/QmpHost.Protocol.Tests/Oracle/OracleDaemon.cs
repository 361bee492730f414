using System.ComponentModel;
using System.Diagnostics;
using NUnit.Framework;

namespace QmpHost.Protocol.Tests.Oracle;

/// <summary>A running qemu-storage-daemon with a monitor on a unix socket.</summary>
public sealed class OracleDaemon : IAsyncDisposable
{
    private const string Program = "qemu-storage-daemon";

    private readonly Process _process;
    private readonly string _directory;

    private OracleDaemon(Process process, string directory)
    {
        _process = process;
        _directory = directory;
    }

    public string SocketPath => Path.Combine(_directory, "qmp.sock");

    /// <summary>Starts it; the test is skipped where it is not installed.</summary>
    public static async Task<OracleDaemon> StartAsync(string monitorOptions = "", params string[] arguments)
    {
        string directory = Directory.CreateTempSubdirectory("qmphost-").FullName;
        string socket = Path.Combine(directory, "qmp.sock");
        string pidFile = Path.Combine(directory, "pid");
        var start = new ProcessStartInfo(Program)
        {
            ArgumentList = { "--chardev", $"socket,id=c,path={socket},server=on,wait=off", "--monitor", "chardev=c" + monitorOptions, "--pidfile", pidFile },
            RedirectStandardOutput = true,
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            Directory.Delete(directory, recursive: true);
            Assert.Ignore(Program + " is not installed.");
            throw;
        }

        // The pid file is written when everything is set up.
        while (!File.Exists(pidFile))
        {
            Assert.That(process.HasExited, Is.False, Program + " ended at once");
            await Task.Delay(5);
        }

        return new OracleDaemon(process, directory);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
