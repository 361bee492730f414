namespace QmpHost.Nbd.Client;

/// <summary>A connection could not be made, or broke, for a reason that a user should read.</summary>
/// <param name="message">The reason, in QEMU's words.</param>
/// <param name="inner">What caused it, if anything else did.</param>
internal sealed class NbdClientException(string message, Exception? inner = null) : Exception(message, inner);
