using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace QmpHost.Protocol.Chardev;

/// <summary>The other end of a character device, from when somebody is there until nobody is.</summary>
public abstract class CharacterConnection : IDuplexPipe, IAsyncDisposable
{
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What the other end says. Whoever reads it completes it when done.</summary>
    public abstract PipeReader Input { get; }

    /// <summary>What the other end is told.</summary>
    public abstract PipeWriter Output { get; }

    /// <summary>Whether the other end is gone altogether, so that nobody will read an answer; false while it only has nothing more to say.</summary>
    public virtual bool IsHungUp => false;

    /// <summary>Whether the other end may go on listening when it has nothing more to say: true for everything but sockets, whose peers are taken to be gone then.</summary>
    public virtual bool OutlivesInput => false;

    /// <summary>Takes the descriptor that the other end sent along with its latest bytes; others that came with it are closed. May be called on any thread.</summary>
    /// <returns>The descriptor, which the caller owns, or null where none came.</returns>
    public virtual SafeFileHandle? TakeDescriptor() => null;

    /// <summary>The socket that carries the connection, or null.</summary>
    internal virtual Socket? Socket => null;

    /// <summary>Completes when this end is closed.</summary>
    public Task Closed => _closed.Task;

    /// <summary>Closes this end.</summary>
    /// <returns>A task that completes when it is closed.</returns>
    public async ValueTask DisposeAsync()
    {
        _closed.TrySetResult();
        await CloseAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes what carries the connection, and makes reading and writing that are under way end. May be called again.</summary>
    /// <returns>A task that completes when it is closed.</returns>
    protected abstract ValueTask CloseAsync();
}
