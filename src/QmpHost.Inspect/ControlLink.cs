using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace QmpHost.Inspect;

/// <summary>A connection to a control interface: passes calls on, and what it tells to whoever listens. Thread safe.</summary>
internal sealed class ControlLink : IAsyncDisposable
{
    private readonly ConcurrentDictionary<long, TaskCompletionSource<JsonObject>> _waiting = new();
    private readonly ConcurrentDictionary<Channel<string>, bool> _listeners = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly NetworkStream _stream;
    private long _lastId;

    private ControlLink(NetworkStream stream)
    {
        _stream = stream;
        Ended = ReadAsync();
    }

    /// <summary>Ends when the interface is gone.</summary>
    public Task Ended { get; }

    /// <summary>Connects.</summary>
    /// <param name="address">PATH, unix:PATH or tcp:ADDRESS:PORT.</param>
    public static async Task<ControlLink> ConnectAsync(string address)
    {
        var link = new ControlLink(await ControlAddress.ConnectAsync(address));
        await link.CallAsync("subscribe", new JsonObject { ["topics"] = new JsonArray("host", "gate", "rule", "record") });
        return link;
    }

    /// <summary>Calls a method.</summary>
    /// <returns>A task with the answer, a result or an error, without the id.</returns>
    public async Task<JsonObject> CallAsync(string method, JsonNode? parameters)
    {
        long id = Interlocked.Increment(ref _lastId);
        var answer = new TaskCompletionSource<JsonObject>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[id] = answer;
        var request = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id, ["method"] = method, ["params"] = parameters };
        await _writing.WaitAsync();
        try
        {
            await _stream.WriteAsync(Encoding.UTF8.GetBytes(request.ToJsonString() + "\n"));
        }
        finally
        {
            _writing.Release();
        }

        return await answer.Task;
    }

    /// <summary>What is told from now on, a line of JSON each, until the reader gives up.</summary>
    public async IAsyncEnumerable<string> ListenAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Who does not read misses the oldest.
        var channel = Channel.CreateBounded<string>(new BoundedChannelOptions(1000) { FullMode = BoundedChannelFullMode.DropOldest });
        _listeners[channel] = true;
        try
        {
            await foreach (string line in channel.Reader.ReadAllAsync(cancellationToken))
            {
                yield return line;
            }
        }
        finally
        {
            _listeners.TryRemove(channel, out _);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _stream.Socket.Shutdown(SocketShutdown.Both);
        await Ended;
        await _stream.DisposeAsync();
        _writing.Dispose();
    }

    private async Task ReadAsync()
    {
        using var reader = new StreamReader(_stream, leaveOpen: true);
        try
        {
            while (await reader.ReadLineAsync() is { } line)
            {
                Take(line);
            }
        }
        catch (IOException)
        {
            // The interface is gone.
        }

        foreach (TaskCompletionSource<JsonObject> waiting in _waiting.Values)
        {
            waiting.TrySetException(new IOException("The control interface is gone."));
        }

        foreach (Channel<string> listener in _listeners.Keys)
        {
            listener.Writer.TryComplete();
        }
    }

    private void Take(string line)
    {
        var message = (JsonObject)JsonNode.Parse(line)!;
        if (message["id"] is { } id)
        {
            if (_waiting.TryRemove(id.GetValue<long>(), out TaskCompletionSource<JsonObject>? waiting))
            {
                message.Remove("id");
                message.Remove("jsonrpc");
                waiting.SetResult(message);
            }

            return;
        }

        foreach (Channel<string> listener in _listeners.Keys)
        {
            listener.Writer.TryWrite(line);
        }
    }
}
