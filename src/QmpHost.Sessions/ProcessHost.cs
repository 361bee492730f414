using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace QmpHost.Sessions;

/// <summary>A host that is a process; its monitors connect to sockets on which the session listens.</summary>
internal sealed partial class ProcessHost : ISessionHost
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly Task _reading;

    private ProcessHost(Process process)
    {
        _process = process;
        _reading = Task.WhenAll(
            CopyAsync(process.StandardOutput, _output),
            CopyAsync(process.StandardError, _error));
        Exit = WaitAsync();
    }

    public IReadOnlyDictionary<string, Stream> Monitors { get; private set; } = new Dictionary<string, Stream>();

    public Task<int> Exit { get; }

    public string StandardOutput => Snapshot(_output);

    public string StandardError => Snapshot(_error);

    public static async ValueTask<ISessionHost> StartAsync(
        IReadOnlyList<string> command,
        IReadOnlyDictionary<string, string> environment,
        SessionStart start,
        CancellationToken cancellationToken)
    {
        using var listeners = SessionListeners.Listen(start);
        var host = new ProcessHost(Spawn(command, environment, start));
        try
        {
            host.Monitors = await listeners.AcceptAsync(host.Exit, cancellationToken);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    public void Signal(SessionSignal signal)
    {
        if (!_process.HasExited)
        {
            // A failure means that the process has ended meanwhile, which is what was wanted or will be seen as its exit.
            _ = Kill(_process.Id, signal switch { SessionSignal.Terminate => 15, SessionSignal.Interrupt => 2, _ => 9 });
        }
    }

    /// <summary>A process has the real clock: the only way to move it is to wait.</summary>
    public async ValueTask StepClockAsync(TimeSpan step, CancellationToken cancellationToken) =>
        await Task.Delay(step, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        Signal(SessionSignal.Kill);
        await Exit;
        foreach (Stream stream in Monitors.Values)
        {
            await stream.DisposeAsync();
        }

        _process.Dispose();
    }

    private static Process Spawn(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, SessionStart start)
    {
        var info = new ProcessStartInfo(command[0])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = start.Directory,
        };
        info.Environment["LC_ALL"] = "C";
        foreach ((string name, string value) in environment)
        {
            info.Environment[name] = value;
        }

        foreach (string argument in command.Skip(1).Concat(SessionCommandLine.Build(start)))
        {
            info.ArgumentList.Add(argument);
        }

        try
        {
            Process process = Process.Start(info)!;
            process.StandardInput.Close();
            return process;
        }
        catch (Win32Exception e)
        {
            throw new SessionException($"cannot start '{command[0]}': {e.Message}", e);
        }
    }

    private static async Task CopyAsync(StreamReader from, StringBuilder to)
    {
        char[] buffer = new char[4096];
        int count;
        while ((count = await from.ReadAsync(buffer)) > 0)
        {
            lock (to)
            {
                to.Append(buffer, 0, count);
            }
        }
    }

    private static string Snapshot(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);

    private async Task<int> WaitAsync()
    {
        await _process.WaitForExitAsync();
        await _reading;
        return _process.ExitCode;
    }
}
