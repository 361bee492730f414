using QmpHost.Qapi;

namespace QmpHost.Protocol.Server.Interception;

/// <summary>
/// Stands between a host and the clients of its monitors, for tests: sees what is said, holds it back, changes it. It costs nothing
/// while there is none. Each method does nothing unless it is overridden.
/// </summary>
/// <remarks>Used on the host's event loop, except for <see cref="OnWritten"/>.</remarks>
public abstract class QmpInterceptor
{
    /// <summary>A client is there; nothing was said yet.</summary>
    /// <param name="peer">The client.</param>
    public virtual void OnConnected(IQmpPeer peer)
    {
    }

    /// <summary>A client is gone.</summary>
    /// <param name="peer">The client.</param>
    public virtual void OnDisconnected(IQmpPeer peer)
    {
    }

    /// <summary>Events that a client gets even before the greeting.</summary>
    /// <param name="peer">The client.</param>
    /// <returns>The events.</returns>
    public virtual IReadOnlyList<QapiEvent> BeforeGreeting(IQmpPeer peer) => [];

    /// <summary>A command has come and is about to be queued for execution. Those behind it wait, unless they are out of band.</summary>
    /// <param name="peer">The client.</param>
    /// <param name="command">The command, or what came in its place.</param>
    /// <returns>What becomes of it, once it may go on.</returns>
    public virtual ValueTask<QmpCommandVerdict> BeforeCommandAsync(IQmpPeer peer, QmpCommand command) => default;

    /// <summary>A command was executed and its reply is about to be sent. What is said to this client meanwhile waits behind it; everything else goes on.</summary>
    /// <param name="peer">The client.</param>
    /// <param name="command">The command.</param>
    /// <param name="error">The description of its error, or null if it succeeded.</param>
    /// <returns>What becomes of the reply, once it may go on.</returns>
    public virtual ValueTask<QmpReplyVerdict> BeforeReplyAsync(IQmpPeer peer, QmpCommand command, string? error) => default;

    /// <summary>An event is about to be sent to a client.</summary>
    /// <param name="peer">The client.</param>
    /// <param name="qapiEvent">The event.</param>
    /// <returns>What becomes of it.</returns>
    public virtual QmpEventVerdict OnEvent(IQmpPeer peer, QapiEvent qapiEvent) => QmpEventVerdict.Pass;

    /// <summary>A message was put behind those that are sent to a client. Called on any thread, in the order of the messages.</summary>
    /// <param name="peer">The client.</param>
    /// <param name="sort">What it is.</param>
    /// <param name="text">The message as it is sent, line end included.</param>
    public virtual void OnWritten(IQmpPeer peer, QmpMessageSort sort, ReadOnlySpan<byte> text)
    {
    }

    /// <summary>Lets everything go on that is held back, since the host is about to end.</summary>
    public virtual void LetGo()
    {
    }
}
