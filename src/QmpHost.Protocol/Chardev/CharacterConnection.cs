using System.IO.Pipelines;

namespace QmpHost.Protocol.Chardev;

/// <summary>The other end of a character device, from when somebody is there until nobody is.</summary>
public abstract class CharacterConnection : IDuplexPipe, IAsyncDisposable
{
    /// <inheritdoc/>
    public abstract PipeReader Input { get; }

    /// <inheritdoc/>
    public abstract PipeWriter Output { get; }

    /// <summary>Whether the other end is gone altogether, so that nobody will read an answer; false while it only has nothing more to say.</summary>
    public virtual bool IsHungUp => false;

    /// <summary>Closes this end.</summary>
    /// <returns>A task that completes when it is closed.</returns>
    public abstract ValueTask DisposeAsync();
}
