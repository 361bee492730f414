using QmpHost.Qapi;

namespace QmpHost.Protocol.Server.Interception;

/// <summary>A client of a monitor, as those see it who intercept conversations. Used on the host's event loop.</summary>
public interface IQmpPeer
{
    /// <summary>The number of its connection, from 1 in the order in which clients came to the host.</summary>
    int Number { get; }

    /// <summary>Whether it has negotiated capabilities.</summary>
    bool IsNegotiated { get; }

    /// <summary>How bytes are sent to it; null for as fast as it reads.</summary>
    QmpWire? Wire { get; set; }

    /// <summary>Ends the connection at once: what is not sent is lost.</summary>
    void Drop();

    /// <summary>Sends an event to this client alone, negotiated or not.</summary>
    /// <param name="qapiEvent">The event.</param>
    void Send(QapiEvent qapiEvent);
}
