namespace QmpHost.Nbd.Protocol;

/// <summary>How the messages of the transmission phase are framed, as client and server have negotiated it. Each way has what those before it have.</summary>
public enum NbdFraming
{
    /// <summary>A reply is one header, and the data where a read succeeded.</summary>
    Simple,

    /// <summary>A reply may come in chunks, each with its type and length.</summary>
    Structured,

    /// <summary>Requests and chunks have headers of <see cref="NbdConstants.ExtendedHeaderSize"/> bytes with lengths of 64 bits.</summary>
    Extended,
}
