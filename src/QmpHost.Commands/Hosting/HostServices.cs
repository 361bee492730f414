using QmpHost.Block;
using QmpHost.Block.Graph;
using QmpHost.Commands.Migration;
using QmpHost.Machine.Boards;
using QmpHost.Machine.Devices;
using QmpHost.Machine.Migration;
using QmpHost.Machine.Network;
using QmpHost.Machine.Objects;
using QmpHost.Machine.Qom;
using QmpHost.Machine.Running;
using QmpHost.Nbd.Exports;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.Hosting;

/// <summary>What the commands of one host work on.</summary>
/// <remarks>Used on the host's event loop only.</remarks>
public sealed class HostServices
{
    /// <summary>The block layer: graph, jobs, clock, profile.</summary>
    public required BlockLayer Layer { get; init; }

    /// <summary>What the host says of itself.</summary>
    public required HostIdentity Identity { get; init; }

    /// <summary>What the command line says of the machine.</summary>
    public required MachineConfiguration Machine { get; init; }

    /// <summary>The machine's board, by its name or an alias.</summary>
    public required string Board { get; init; }

    /// <summary>The machine's processors.</summary>
    public required MachineProcessors Processors { get; init; }

    /// <summary>The trace events.</summary>
    public required TraceEventSet TraceEvents { get; init; }

    /// <summary>What is done when the guest does something.</summary>
    public MachineActions Actions { get; } = new();

    /// <summary>What stands for a guest, or null: what the machine asks for then stays pending, as in QEMU without one.</summary>
    public SimulatedGuest? Guest { get; set; }

    /// <summary>How much memory a guest keeps, in bytes, or null for all.</summary>
    public ulong? BalloonSize { get; set; }

    /// <summary>The network backends.</summary>
    public NetworkBackends Network { get; init; } = new();

    /// <summary>What migrations are told to do.</summary>
    public MigrationSettings MigrationSettings => field ??= new MigrationSettings(Layer.Profile);

    /// <summary>The machine's way to another process, and from one.</summary>
    public MachineMigration Migration => field ??= new MachineMigration(this);

    /// <summary>Whether a client has asked for what QEMU has to load all its modules for.</summary>
    public bool HasLoadedModules { get; set; }

    /// <summary>How the last dump of the memory went.</summary>
    public DumpStatus DumpStatus { get; set; } = DumpStatus.None;

    /// <summary>How many bytes of memory the last dump was to hold.</summary>
    public long DumpedBytes { get; set; }

    /// <summary>How the human monitor shows memory where a command does not say it: the kind, and the number of bytes.</summary>
    internal (char Letter, int Size) MemoryView { get; set; } = ('x', 4);

    /// <summary>What is logged, and where to.</summary>
    public LogSettings Log => field ??= new LogSettings(Layer.Profile, TraceEvents);

    /// <summary>Whether the guest's code is to be translated one instruction at a time.</summary>
    public bool StepsInstructions { get; set; }

    /// <summary>Whether a client has asked for a profile of the locks of threads.</summary>
    public bool ProfilesLocks { get; set; }

    /// <summary>How fast the guest writes to its memory.</summary>
    public DirtyRateMeasurement DirtyRate => field ??= new DirtyRateMeasurement(Layer.Context.Clock, Machine.MemorySize, Layer.Profile);

    /// <summary>Whether the guest runs.</summary>
    public required RunStateControl RunState { get; init; }

    /// <summary>The tree of all objects.</summary>
    public required QomTree Tree { get; init; }

    /// <summary>Objects that clients make: iothread, throttle-group, secret, ...</summary>
    public required UserObjects Objects { get; init; }

    /// <summary>The machine's devices; null where the host stands for a program without a machine.</summary>
    public required MachineDevices? Devices { get; init; }

    /// <summary>The NBD server.</summary>
    public required NbdExportKind Nbd { get; init; }

    /// <summary>The character devices.</summary>
    public required ICharacterDevices CharacterDevices { get; init; }

    /// <summary>Reads options as the command line writes them.</summary>
    public required IOptionTexts OptionTexts { get; init; }

    /// <summary>The wish to end the host.</summary>
    public ShutdownRequest Shutdown { get; } = new();

    /// <summary>What stands for the process's standard output, where qemu-io's results go.</summary>
    public required TextWriter StandardOutput { get; init; }

    /// <summary>Sends the host's process a signal; null where it shares its process with others.</summary>
    public Action<int>? RaiseSignal { get; set; }

    /// <summary>What stands for the process's standard error.</summary>
    public required TextWriter StandardError { get; init; }

    /// <summary>Sends SHUTDOWN, which only the system emulator does.</summary>
    /// <param name="cause">Why the host ends.</param>
    public void AnnounceShutdown(ShutdownCause cause)
    {
        if (Identity.Program == QmpProgram.System && Shutdown.ExitStatus == 0)
        {
            RunState.Shutdown(cause);
        }
    }

    /// <summary>
    /// Ends the host as a client's wish. The client still learns how exports and jobs ended and what closing the images
    /// brought, before the answer, which is the last that it hears.
    /// </summary>
    /// <returns>A task that ends when the images are closed.</returns>
    public async Task QuitAsync()
    {
        if (Shutdown.TryRequest(ShutdownCause.HostQmpQuit))
        {
            AnnounceShutdown(ShutdownCause.HostQmpQuit);
            await CloseImagesAsync();
        }
    }

    /// <summary>Ends the exports, the jobs and the devices and closes every image. In a main turn; the second time there is nothing left.</summary>
    /// <returns>A task that ends when they are closed.</returns>
    public async ValueTask CloseImagesAsync()
    {
        Layer.Graph.LetBreakpointsGo();
        Migration.Close();
        await Layer.Exports.CloseAsync();
        await Layer.Jobs.CancelAllAsync();
        if (Devices is { } devices)
        {
            await devices.CloseAsync();
        }

        foreach (BlockBackend backend in Layer.Graph.Backends.ToArray())
        {
            await backend.DeleteAsync();
            Layer.Graph.RemoveBackend(backend);
        }

        await Layer.Graph.CloseAllAsync();
    }
}
