namespace QmpHost.Nbd.Server;

/// <summary>A client cannot be served: the connection ends without a further word to it.</summary>
/// <param name="message">Why, for the host's user.</param>
internal sealed class NbdNegotiationException(string message) : Exception(message);
