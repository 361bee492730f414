using System.IO.Pipelines;

namespace QmpHost.Protocol.Server.Interception;

/// <summary>Sends bytes to a client in a way that a test chooses. Thread safe.</summary>
public abstract class QmpWire
{
    /// <summary>Whether nothing is to be sent for now; whoever ends that sets <see cref="IQmpPeer.Wire"/> again, which sends what waits.</summary>
    public virtual bool IsHolding => false;

    /// <summary>Sends bytes.</summary>
    /// <param name="pipe">Where they go.</param>
    /// <param name="bytes">The bytes; valid until the task ends.</param>
    /// <returns>A task with false if the client is gone, or is to be taken to be.</returns>
    public abstract ValueTask<bool> SendAsync(PipeWriter pipe, ReadOnlyMemory<byte> bytes);
}
