using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace QmpHost.Tests.Support;

/// <summary>The program as a process; killed at the end of the test if it still runs.</summary>
internal sealed partial class ProgramProcess : IAsyncDisposable
{
    /// <summary>How long anything may take before a test gives up: never the measure of a test.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Process _process;
    private readonly StringBuilder _error = new();
    private readonly TaskCompletionSource<string> _firstErrorLine = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _readingError;

    // A test may wait for an answer without a limit of its own: it fails when the program is gone.
    private readonly Timer _limit;

    private ProgramProcess(Process process)
    {
        _process = process;
        _readingError = ReadErrorAsync();
        Ended = process.WaitForExitAsync();
        _limit = new Timer(static p => ((Process)p!).Kill(), process, Patience, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The executable under test: the one that QMPHOST_NATIVE names, or the one that was built beside the tests.</summary>
    public static string ExecutablePath { get; } =
        Environment.GetEnvironmentVariable("QMPHOST_NATIVE") ?? Path.Combine(AppContext.BaseDirectory, "qmphost");

    /// <summary>Completes when the process has ended.</summary>
    public Task Ended { get; }

    public int Id => _process.Id;

    public Stream Input => _process.StandardInput.BaseStream;

    public Stream Output => _process.StandardOutput.BaseStream;

    public static ProgramProcess Start(params IEnumerable<string> arguments) => StartAs(ExecutablePath, arguments);

    /// <summary>Starts it by another name, such as that of a link.</summary>
    public static ProgramProcess StartAs(string path, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return new ProgramProcess(Process.Start(start)!);
    }

    /// <summary>Runs it to its end.</summary>
    public static Task<ProgramResult> RunAsync(params IEnumerable<string> arguments) => RunAsAsync(ExecutablePath, arguments);

    /// <summary>Runs it to its end by another name.</summary>
    public static async Task<ProgramResult> RunAsAsync(string path, params IEnumerable<string> arguments)
    {
        await using ProgramProcess process = StartAs(path, arguments);
        process.Input.Close();
        return await process.FinishAsync();
    }

    /// <summary>Waits for the end of the process and of its streams.</summary>
    public async Task<ProgramResult> FinishAsync()
    {
        string output = await _process.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
        await _readingError.WaitAsync(Patience);
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return new ProgramResult(_process.ExitCode, output, _error.ToString());
    }

    /// <summary>The first line on standard error.</summary>
    public Task<string> FirstErrorLineAsync() => _firstErrorLine.Task.WaitAsync(Patience);

    public void Signal(PosixSignal signal) => SendSignal(Id, signal);

    /// <summary>Sends a signal to a process of which only the number is known.</summary>
    public static void SendSignal(int id, PosixSignal signal) => _ = Kill(id, signal switch
    {
        PosixSignal.SIGTERM => 15,
        PosixSignal.SIGINT => 2,
        PosixSignal.SIGHUP => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(signal)),
    });

    public async ValueTask DisposeAsync()
    {
        await _limit.DisposeAsync();
        _process.Kill();
        await _process.WaitForExitAsync();
        await _readingError.WaitAsync(Patience);
        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);

    private async Task ReadErrorAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            _error.Append(line).Append('\n');
            _firstErrorLine.TrySetResult(line);
        }

        _firstErrorLine.TrySetException(new EndOfStreamException("Nothing was written to standard error."));
    }
}
