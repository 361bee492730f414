using QmpHost.Hosting.CommandLine;
using QmpHost.Hosting.Programs;
using QmpHost.Qapi;
using QmpHost.Sessions;

namespace QmpHost.IoTests.Harness;

/// <summary>QmpHost in this process: the same command line, without a process around it.</summary>
public sealed class EngineTarget(VersionProfile profile) : ISessionTarget
{
    /// <inheritdoc/>
    public string Name => "engine";

    /// <inheritdoc/>
    public async ValueTask<ISessionHost> StartAsync(SessionStart start, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(start);
        using var listeners = SessionListeners.Listen(start);
        var host = new EngineHost(start, profile);
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

    private sealed class EngineHost : ISessionHost
    {
        private readonly CapturedText _output = new();
        private readonly CapturedText _error = new();
        private readonly TaskCompletionSource<int> _terminated = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public EngineHost(SessionStart start, VersionProfile profile)
        {
            // A host may work before its first wait: it must not do so on the test's thread.
            Exit = Task.Run(() => RunAsync(start, profile));
        }

        public IReadOnlyDictionary<string, Stream> Monitors { get; set; } = new Dictionary<string, Stream>();

        public Task<int> Exit { get; }

        public string StandardOutput => _output.ToString();

        public string StandardError => _error.ToString();

        public void Signal(SessionSignal signal)
        {
            if (signal == SessionSignal.Kill)
            {
                throw new NotSupportedException("a host in this process cannot be killed");
            }

            _terminated.TrySetResult(signal == SessionSignal.Interrupt ? 2 : 15);
        }

        public async ValueTask StepClockAsync(TimeSpan step, CancellationToken cancellationToken) => await Task.Delay(step, cancellationToken);

        public async ValueTask DisposeAsync()
        {
            _terminated.TrySetResult(15);
            foreach (Stream stream in Monitors.Values)
            {
                await stream.DisposeAsync();
            }

            await Exit;
        }

        private async Task<int> RunAsync(SessionStart start, VersionProfile profile)
        {
            bool system = start.Program == SessionProgram.System;
            string name = system ? "qemu-system-x86_64" : "qemu-storage-daemon";
            var environment = new ProgramEnvironment
            {
                Name = name,
                StandardOutput = _output,
                StandardError = _error,
                OpenStandardInput = static () => Stream.Null,
                OpenStandardOutput = static () => Stream.Null,
                Terminated = _terminated.Task,
                Profile = profile,
            };
            IReadOnlyList<string> arguments = SessionCommandLine.Build(start);
            try
            {
                return system
                    ? await SystemProgram.RunAsync(arguments, environment)
                    : await StorageDaemonProgram.RunAsync(arguments, environment);
            }
            catch (CommandLineException e)
            {
                await _error.WriteLineAsync($"{name}: {e.Message}");
                return 1;
            }
        }
    }
}
