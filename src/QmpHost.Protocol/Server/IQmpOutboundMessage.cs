using QmpHost.Qapi;

namespace QmpHost.Protocol.Server;

/// <summary>A message that the server sends: it knows its form on the wire.</summary>
internal interface IQmpOutboundMessage
{
    /// <summary>Whether the message was written, so that what follows it may be written too.</summary>
    bool IsWritten { get; set; }

    /// <summary>Writes the message, without line end.</summary>
    void WriteTo(QapiWriter writer, VersionProfile profile);
}
