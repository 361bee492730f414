using System.Globalization;
using System.Runtime.InteropServices;
using QmpHost.IoTests.Harness;
using QmpHost.Sessions;

namespace QmpHost.IoTests.Comparing;

/// <summary>The command <c>compare</c>: random sessions on QmpHost and on QEMU of the same release, side by side.</summary>
internal sealed class CompareCommand(TextWriter output)
{
    private const int ShownLength = 700;

    /// <summary>Runs it; the result is the exit code.</summary>
    public async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        IoTestSettings settings = IoTestSettings.FromEnvironment();
        string release = settings.Profile ?? "7.2";
        int seed = 1;
        int sessions = 10;
        int width = ShownLength;
        int length = 60;
        SessionProgram? program = null;
        string? save = null;
        string[] only = [];
        for (int i = 0; i < arguments.Count; i += 2)
        {
            string value = i + 1 < arguments.Count ? arguments[i + 1] : throw new ArgumentException($"{arguments[i]} needs a value");
            switch (arguments[i])
            {
                case "--release":
                    release = value;
                    break;
                case "--seed":
                    seed = Number(value);
                    break;
                case "--sessions":
                    sessions = Number(value);
                    break;
                case "--length":
                    length = Number(value);
                    break;
                case "--width":
                    width = Number(value);
                    break;
                case "--on":
                    program = value == "system" ? SessionProgram.System : SessionProgram.StorageDaemon;
                    break;
                case "--only":
                    only = value.Split(',');
                    break;
                case "--save":
                    save = Path.GetFullPath(value);
                    break;
                case "--program":
                    settings = settings with { Target = "program", ProgramPath = Path.GetFullPath(value) };
                    break;
                default:
                    throw new ArgumentException($"unknown option '{arguments[i]}'");
            }
        }

        var options = new CompareOptions
        {
            Oracle = OracleFolders.Target(release),
            Own = (settings with { Profile = release }).CreateTarget(),
            Length = length,
            Program = program,
            Only = only,
            SaveFolder = save,
        };
        return await RunAsync(options, seed, sessions, width);
    }

    private async Task<int> RunAsync(CompareOptions options, int seed, int sessions, int width)
    {
        // Hosts are ended before this program ends, however it is told to.
        using var stop = new CancellationTokenSource();
        using PosixSignalRegistration interrupted = OnSignal(PosixSignal.SIGINT, stop);
        using PosixSignalRegistration terminated = OnSignal(PosixSignal.SIGTERM, stop);
        using PosixSignalRegistration closed = OnSignal(PosixSignal.SIGHUP, stop);
        using var images = new SessionImages();
        await images.MakeAsync(stop.Token);
        var report = new CompareReport(output, width);
        for (int i = 0; i < sessions && !stop.IsCancellationRequested; i++)
        {
            try
            {
                await new ComparedSession(options, seed + i, images, report).RunAsync(stop.Token);
            }
            catch (Exception e) when (e is SessionException or OperationCanceledException)
            {
                await report.EndingAsync($"== seed {seed + i}: {e.Message}");
            }
        }

        await report.SummariseAsync();
        return report.Differing == 0 ? 0 : 1;
    }

    private static PosixSignalRegistration OnSignal(PosixSignal signal, CancellationTokenSource stop) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        stop.Cancel();
    });

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
