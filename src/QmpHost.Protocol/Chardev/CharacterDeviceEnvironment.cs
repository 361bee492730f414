using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;
using QmpHost.Net.Tls;
using QmpHost.Qapi;

namespace QmpHost.Protocol.Chardev;

/// <summary>What character devices need of the process that they live in.</summary>
public sealed record CharacterDeviceEnvironment
{
    // Shared by all copies of this record.
    private readonly StrongBox<int> _standardStreamsTaken = new();

    /// <summary>Opens the process's standard input.</summary>
    public required Func<Stream> OpenStandardInput { get; init; }

    /// <summary>Opens the process's standard output.</summary>
    public required Func<Stream> OpenStandardOutput { get; init; }

    /// <summary>Tells the user something, such as that the program waits for a connection.</summary>
    public Action<string>? Inform { get; init; }

    /// <summary>Told of failures after which a device goes on.</summary>
    public Action<string>? Complain { get; init; }

    /// <summary>The clock by which devices connect again.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>The program, which decides which kinds of devices there are.</summary>
    public QmpProgram Program { get; init; } = QmpProgram.System;

    /// <summary>Whether several devices can be gathered in one.</summary>
    public bool HasHub { get; init; }

    /// <summary>Whether the kinds of devices are listed in the order of the newest releases.</summary>
    public bool ListsKindsAnew { get; init; }

    /// <summary>Whether a listening socket refuses a time in milliseconds to connect again.</summary>
    public bool NamesReconnectMilliseconds { get; init; }

    /// <summary>Whether a device that has gone to a unix socket is listed with that socket's path.</summary>
    public bool NamesUnixPeers { get; init; }

    /// <summary>The objects that devices name which speak TLS.</summary>
    public ITlsObjects TlsObjects { get; init; } = new NoTlsObjects();

    /// <summary>Runs work on the host's loop, where objects are looked at.</summary>
    public Func<Func<Task>, Task> InvokeOnLoop { get; init; } = static work => work();

    /// <summary>Finds a device, for those that are built on another one.</summary>
    public Func<string, CharacterDevice?> FindDevice { get; init; } = static _ => null;

    /// <summary>Opens a file that a client has passed, by its path; gives null where the path is no such file's.</summary>
    public Func<string, FileAccess, SafeFileHandle?> OpenPassedFile { get; init; } = static (_, _) => null;

    /// <summary>Ends the program, as a key of a shared device may ask.</summary>
    public Action? Quit { get; init; }

    /// <summary>Takes the standard streams, which only one device can have.</summary>
    /// <returns>False if another device has them.</returns>
    internal bool TryTakeStandardStreams() => Interlocked.Exchange(ref _standardStreamsTaken.Value, 1) == 0;

    private sealed class NoTlsObjects : ITlsObjects
    {
        public bool TryFindCredentials(string id, out TlsCredentials? credentials)
        {
            credentials = null;
            return false;
        }

        public bool TryFindAuthorization(string id, out ITlsAuthorization? authorization)
        {
            authorization = null;
            return false;
        }
    }
}
