using System.Runtime.InteropServices;
using QmpHost.Hosting.CommandLine;
using QmpHost.Hosting.Programs;
using QmpHost.Qapi;

namespace QmpHost.Running;

/// <summary>This process as one of the two programs: signals, process file, background.</summary>
internal static class HostProcess
{
    private static readonly (PosixSignal Signal, int Number)[] Signals =
        [(PosixSignal.SIGTERM, 15), (PosixSignal.SIGINT, 2), (PosixSignal.SIGHUP, 1)];

    /// <summary>Runs a program until it ends.</summary>
    /// <param name="subcommand">"storage-daemon" or "system".</param>
    /// <param name="name">The name that messages begin with.</param>
    /// <param name="arguments">The program's command line.</param>
    /// <param name="release">The release that an option asks for, or null.</param>
    /// <returns>The exit status.</returns>
    public static async Task<int> RunAsync(string subcommand, string name, IReadOnlyList<string> arguments, string? release = null)
    {
        IgnoredSignals.Restore(Signals.Select(static signal => signal.Number));
        Console.SetOut(WriterOf(OpenStandardOutput()));
        Console.SetError(WriterOf(new BestEffortStream(Console.OpenStandardError())));
        bool isStorageDaemon = subcommand == "storage-daemon";
        bool background = isStorageDaemon ? StorageDaemonProgram.WantsBackground(arguments) : SystemProgram.WantsBackground(arguments);
        try
        {
            VersionProfile profile = ProfileChoice.Find(release);
            if (background && !Daemon.IsBackgroundProcess)
            {
                return Daemon.Start([subcommand, .. arguments], profile);
            }

            if (background)
            {
                Daemon.Detach();
            }

            return await RunInProcessAsync(isStorageDaemon, name, arguments, profile, background);
        }
        catch (CommandLineException e)
        {
            await Console.Error.WriteLineAsync($"{name}: {e.Message}");
            return 1;
        }
#pragma warning disable CA1031 // The boundary of the program: what nobody expected is one line, as it is while a host runs.
        catch (Exception e)
#pragma warning restore CA1031
        {
            await Console.Error.WriteLineAsync($"{name}: unexpected error: {e.ToString().ReplaceLineEndings(" | ")}");
            return 1;
        }
    }

    private static async Task<int> RunInProcessAsync(bool isStorageDaemon, string name, IReadOnlyList<string> arguments, VersionProfile profile, bool background)
    {
        var terminated = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        PosixSignalRegistration[] registrations = [.. Signals.Select(signal => PosixSignalRegistration.Create(signal.Signal, context =>
        {
            context.Cancel = true;
            terminated.TrySetResult(signal.Number);
        }))];
        var environment = new ProgramEnvironment
        {
            Name = name,
            CalledAs = name == OwnProgram.CalledName ? OwnProgram.CalledAs : name,
            StandardOutput = Console.Out,
            StandardError = Console.Error,
            OpenStandardInput = background ? RefuseStandardStream : Console.OpenStandardInput,
            OpenStandardOutput = background ? RefuseStandardStream : OpenStandardOutput,
            Terminated = terminated.Task,
            Profile = profile,
            Clock = ClockChoice.Find(),
            Guest = isStorageDaemon ? null : GuestChoice.Find(),
            WriteProcessFile = PidFile.Create,
            HostMade = static host =>
            {
                host.Services.RaiseSignal = ProcessSignals.Raise;
                return Task.CompletedTask;
            },
            ControlAddress = ControlChoice.Find(),
            Extend = HostExtensions.OpenAsync,
            Started = background ? Daemon.TellReady : static () => { },
        };
        try
        {
            return isStorageDaemon ? await StorageDaemonProgram.RunAsync(arguments, environment) : await SystemProgram.RunAsync(arguments, environment);
        }
        finally
        {
            foreach (PosixSignalRegistration registration in registrations)
            {
                registration.Dispose();
            }
        }
    }

    private static BestEffortStream OpenStandardOutput() => new(Console.OpenStandardOutput());

    private static StreamWriter WriterOf(Stream stream) => new(stream) { AutoFlush = true };

    private static Stream RefuseStandardStream() => throw new QmpException("cannot use stdio with -daemonize");
}
