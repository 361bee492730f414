using System.Net.Security;

namespace QmpHost.Nbd.Tls;

/// <summary>What one side of TLS connections proves itself with, and by what it knows the other side.</summary>
public abstract class TlsCredentials
{
    /// <summary>Makes credentials.</summary>
    /// <param name="endpoint">On which side they are used.</param>
    /// <param name="verifyPeer">Whether the other side must prove itself.</param>
    protected TlsCredentials(TlsEndpoint endpoint, bool verifyPeer)
    {
        Endpoint = endpoint;
        VerifyPeer = verifyPeer;
    }

    /// <summary>On which side they are used.</summary>
    public TlsEndpoint Endpoint { get; }

    /// <summary>Whether the other side must prove itself.</summary>
    public bool VerifyPeer { get; }

    /// <summary>Options for a listening side.</summary>
    /// <returns>New options.</returns>
    public abstract SslServerAuthenticationOptions CreateServerOptions();

    /// <summary>Options for a connecting side.</summary>
    /// <param name="hostName">The name that the other side's certificate must bear.</param>
    /// <returns>New options.</returns>
    public abstract SslClientAuthenticationOptions CreateClientOptions(string hostName);
}
