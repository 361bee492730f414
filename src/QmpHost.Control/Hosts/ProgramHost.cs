using QmpHost.Control.Rpc;
using QmpHost.Hosting;
using QmpHost.Hosting.Programs;
using QmpHost.Machine.Clocks;

namespace QmpHost.Control.Hosts;

/// <summary>A host of a pool that is started by a command line, as one of the two programs would be.</summary>
internal static class ProgramHost
{
    private const int Terminate = 15;

    /// <summary>Starts a host.</summary>
    /// <exception cref="ControlException">The command line is refused; the message is what the program prints.</exception>
    public static async Task<ManagedHost> StartAsync(string name, HostSpec spec)
    {
        bool isDaemon = spec.Program == "storage-daemon";
        var end = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var started = new TaskCompletionSource<BlockHost>(TaskCreationOptions.RunContinuationsAsynchronously);
        BlockHost? made = null;
        var text = new StringWriter();
        TextWriter output = TextWriter.Synchronized(text);
        var environment = new ProgramEnvironment
        {
            Name = isDaemon ? "qemu-storage-daemon" : "qemu-system-x86_64",
            StandardOutput = output,
            StandardError = output,
            OpenStandardInput = static () => Stream.Null,
            OpenStandardOutput = static () => Stream.Null,
            Terminated = end.Task,
            Profile = HostPool.ProfileOf(spec.Release),
            Clock = spec.HasVirtualClock ? new VirtualClock(DateTimeOffset.UnixEpoch) : null,
            HostMade = host =>
            {
                made = host;
                return spec.ShuffleSeed is { } seed ? ShuffleAsync(host, seed) : Task.CompletedTask;
            },
            Started = () => started.TrySetResult(made!),
        };
        Task<int> running = Task.Run(() => isDaemon
            ? StorageDaemonProgram.RunAsync(spec.Arguments!, environment)
            : SystemProgram.RunAsync(spec.Arguments!, environment));
        if (await Task.WhenAny(started.Task, running) == running)
        {
            throw ControlException.Wrong(text.ToString().TrimEnd());
        }

        return new ManagedHost(name, spec, started.Task.Result, async () =>
        {
            end.TrySetResult(Terminate);
            await running;
        });
    }

    private static Task ShuffleAsync(BlockHost host, int seed) => host.Loop.InvokeAsync(() =>
    {
        host.Loop.Shuffle(seed);
        return Task.CompletedTask;
    });
}
