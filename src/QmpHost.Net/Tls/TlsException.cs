namespace QmpHost.Net.Tls;

/// <summary>A TLS session that did not come about, with the reason in QEMU's words.</summary>
/// <param name="message">The reason.</param>
/// <param name="cause">What caused it, or null.</param>
public sealed class TlsException(string message, Exception? cause = null) : Exception(message, cause);
