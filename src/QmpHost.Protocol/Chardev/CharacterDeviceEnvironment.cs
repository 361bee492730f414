namespace QmpHost.Protocol.Chardev;

/// <summary>What character devices need of the process that they live in.</summary>
public sealed record CharacterDeviceEnvironment
{
    private int _standardStreamsTaken;

    /// <summary>Opens the process's standard input.</summary>
    public required Func<Stream> OpenStandardInput { get; init; }

    /// <summary>Opens the process's standard output.</summary>
    public required Func<Stream> OpenStandardOutput { get; init; }

    /// <summary>Tells the user something, such as that the program waits for a connection.</summary>
    public Action<string>? Inform { get; init; }

    /// <summary>The clock by which devices connect again.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Takes the standard streams, which only one device can have.</summary>
    /// <returns>False if another device has them.</returns>
    internal bool TryTakeStandardStreams() => Interlocked.Exchange(ref _standardStreamsTaken, 1) == 0;
}
