using System.IO.Pipelines;
using Nerdbank.Streams;

namespace QmpHost.Hosting.Time;

/// <summary>The connection of a client within the process: both ends, and what is under way between them.</summary>
internal sealed class LocalMonitor
{
    /// <summary>How both ends are read: one of thousands of hosts holds no buffer while nobody talks to it.</summary>
    public static readonly StreamPipeReaderOptions Reading = new(useZeroByteReads: true);

    private readonly Transit _requests = new();
    private readonly Transit _replies = new();
    private readonly bool _clientReads;

    /// <param name="clientReads">Whether the client reads all the time, so that what it has not read yet is waited for.</param>
    public LocalMonitor(bool clientReads)
    {
        _clientReads = clientReads;
        (Stream client, Stream server) = FullDuplexStream.CreatePair();
        Client = new WatchedStream(client, _requests, _replies);
        Server = new WatchedStream(server, _replies, _requests);
    }

    /// <summary>The client's end.</summary>
    public Stream Client { get; }

    /// <summary>The host's end.</summary>
    public Stream Server { get; }

    /// <summary>Whether an end was closed.</summary>
    public bool IsClosed => _requests.IsAbandoned;

    /// <summary>Waits until all that was sent has been read and dealt with.</summary>
    /// <param name="withRequests">Whether what the client sends counts, too.</param>
    public Task WhenQuietAsync(bool withRequests)
    {
        Task replies = _clientReads ? _replies.WhenQuietAsync() : Task.CompletedTask;
        Task requests = withRequests ? _requests.WhenQuietAsync() : Task.CompletedTask;
        return replies.IsCompleted ? requests : requests.IsCompleted ? replies : Task.WhenAll(replies, requests);
    }
}
