using Microsoft.Win32.SafeHandles;

namespace QmpHost.Qapi;

/// <summary>The monitor session that sent a command.</summary>
public interface IQmpSession
{
    /// <summary>Whether the client has negotiated capabilities.</summary>
    bool IsNegotiated { get; }

    /// <summary>The object that stands for the client's monitor, or null.</summary>
    object? Monitor { get; }

    /// <summary>Ends negotiation: what <c>qmp_capabilities</c> does. Called on the host's event loop.</summary>
    /// <param name="enableOob">Whether the client wants commands out of band.</param>
    /// <exception cref="QmpException">Negotiation was over already.</exception>
    void CompleteNegotiation(bool enableOob);

    /// <summary>Waits for what was said so far to be sent, but not long for a client that does not read.</summary>
    /// <returns>A task that ends then.</returns>
    Task SettleOutputAsync();

    /// <summary>The descriptors that the client has given names (<c>getfd</c>).</summary>
    NamedDescriptors Descriptors { get; }

    /// <summary>Takes the descriptor that the client sent along with its latest bytes; others that came with it are closed.</summary>
    /// <returns>The descriptor, which the caller owns, or null where none came.</returns>
    SafeFileHandle? TakeReceivedDescriptor();
}
