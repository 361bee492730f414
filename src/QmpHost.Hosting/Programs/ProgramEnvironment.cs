using QmpHost.Commands.Hosting;
using QmpHost.Hosting.CommandLine;
using QmpHost.Qapi;

namespace QmpHost.Hosting.Programs;

/// <summary>What a program that hosts a block layer gets from whoever runs it: the process, a session player or a test.</summary>
public sealed record ProgramEnvironment
{
    /// <summary>The name that messages begin with.</summary>
    public required string Name { get; init; }

    /// <summary>The name that the program was called by, which the C library's option parser tells; the same as <see cref="Name"/> by default.</summary>
    public string? CalledAs { get; init; }

    /// <summary>Standard output.</summary>
    public required TextWriter StandardOutput { get; init; }

    /// <summary>Standard error.</summary>
    public required TextWriter StandardError { get; init; }

    /// <summary>Opens standard input as bytes, for a character device.</summary>
    public required Func<Stream> OpenStandardInput { get; init; }

    /// <summary>Opens standard output as bytes, for a character device.</summary>
    public required Func<Stream> OpenStandardOutput { get; init; }

    /// <summary>Completes when the program is asked from outside to end, with the number of the signal (SIGTERM, SIGINT, SIGHUP).</summary>
    public required Task<int> Terminated { get; init; }

    /// <summary>Writes the process file that the command line asks for, given its path. The result is disposed at the end.</summary>
    public Func<string, IDisposable?> WriteProcessFile { get; init; } = static _ => null;

    /// <summary>Called once when everything is set up: the place to go into the background.</summary>
    public Action Started { get; init; } = static () => { };

    /// <summary>The QEMU release to behave like.</summary>
    public VersionProfile Profile { get; init; } = VersionProfile.Default;

    /// <summary>What stands for a guest, or null for none.</summary>
    public SimulatedGuestOptions? Guest { get; init; }

    /// <summary>The clock, or null for the real one.</summary>
    public TimeProvider? Clock { get; init; }

    /// <summary>Called when the host is made, before the command line is applied to it.</summary>
    public Func<BlockHost, Task> HostMade { get; init; } = static _ => Task.CompletedTask;

    /// <summary>Where the control interface is served beside what the command line says, or null.</summary>
    public string? ControlAddress { get; init; }

    /// <summary>
    /// Opens what QEMU does not have: gets the host, the option ("control" or "log-qmp") and its value, and gives what is disposed
    /// at the end; an <see cref="IOException"/> or <see cref="FormatException"/> refuses the option. Null where there is no such thing.
    /// </summary>
    public Func<BlockHost, string, string, Task<IAsyncDisposable>>? Extend { get; init; }

    /// <summary>The option that is dealt with, or null.</summary>
    internal GivenOption? Current { get; set; }

    /// <summary>Tells on standard error of an option that is taken but should be written otherwise.</summary>
    internal void Warn(GivenOption option, string text) => StandardError.WriteLine($"{Name}: {option.Text}: warning: {text}");
}
