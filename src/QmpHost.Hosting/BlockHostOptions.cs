using Microsoft.Extensions.Logging;
using QmpHost.Commands.Hosting;
using QmpHost.Machine.Boards;
using QmpHost.Qapi;

namespace QmpHost.Hosting;

/// <summary>How a host is started.</summary>
public sealed record BlockHostOptions
{
    /// <summary>The QEMU release to behave like; 7.2 unless told otherwise.</summary>
    public VersionProfile Profile { get; init; } = VersionProfile.Default;

    /// <summary>The same by its number, such as "10.0".</summary>
    /// <exception cref="FormatException">There is no such release; the message lists those that there are.</exception>
    public string Release
    {
        get => Profile.ToString();
        init => Profile = VersionProfile.Parse(value);
    }

    /// <summary>The program that the host stands for, with its name and UUID.</summary>
    public HostIdentity Identity { get; init; } = new();

    /// <summary>The clock of rate limits, throttling, time-outs and event timestamps.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>
    /// Runs what is ready in an order that this number decides, for tests that look for code that relies on luck; null for the
    /// order in which it became ready.
    /// </summary>
    public int? ShuffleSeed { get; init; }

    /// <summary>The board of a system host: "none", "pc" or "q35".</summary>
    public string Machine { get; init; } = "none";

    /// <summary>What else the command line says of the machine.</summary>
    public MachineConfiguration Configuration { get; init; } = new();

    /// <summary>What stands for a guest, or null for none.</summary>
    public SimulatedGuestOptions? Guest { get; init; }

    /// <summary>Whether the guest is not started, as with option -S.</summary>
    public bool StartPaused { get; init; }

    /// <summary>Whether each processor of the machine has a thread of its own, as programs that bind processors await.</summary>
    internal bool HasProcessorThreads { get; init; }

    /// <summary>The name that messages to whoever runs the program begin with; empty for none.</summary>
    public string ProgramName { get; init; } = "";

    /// <summary>Opens what stands for standard input as bytes, for a character device.</summary>
    public Func<Stream> OpenStandardInput { get; init; } = static () => Stream.Null;

    /// <summary>Opens what stands for standard output as bytes, for a character device.</summary>
    public Func<Stream> OpenStandardOutput { get; init; } = static () => Stream.Null;

    /// <summary>Told what a character device waits for while it is opened.</summary>
    public Action<string>? Inform { get; init; }

    /// <summary>What stands for standard output, where qemu-io's results go. Written on the host's loop.</summary>
    public TextWriter StandardOutput { get; init; } = TextWriter.Null;

    /// <summary>
    /// Where a host tells what it does: commands with the time they took, errors, events, states of jobs and exports, what drained
    /// sections wait for, all at level Debug. Null for nowhere. Counters are in the meter "QmpHost" in any case.
    /// </summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>What stands for standard error. Written on the host's loop.</summary>
    public TextWriter StandardError { get; init; } = TextWriter.Null;
}
