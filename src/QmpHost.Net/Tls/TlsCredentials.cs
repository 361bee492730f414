using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using QmpHost.Qapi;

namespace QmpHost.Net.Tls;

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

    /// <summary>Finds credentials for one side.</summary>
    /// <param name="objects">Where they are found.</param>
    /// <param name="id">Their id.</param>
    /// <param name="endpoint">The side.</param>
    /// <exception cref="QmpException">There are no such credentials, or they are for the other side.</exception>
    /// <returns>The credentials.</returns>
    public static TlsCredentials Find(ITlsObjects objects, string id, TlsEndpoint endpoint)
    {
        ArgumentNullException.ThrowIfNull(objects);
        if (!objects.TryFindCredentials(id, out TlsCredentials? credentials))
        {
            throw new QmpException($"No TLS credentials with id '{id}'");
        }

        if (credentials is null)
        {
            throw new QmpException($"Object with id '{id}' is not TLS credentials");
        }

        return credentials.Endpoint == endpoint
            ? credentials
            : throw new QmpException($"Expected TLS credentials for a {(endpoint == TlsEndpoint.Server ? "server" : "client")} endpoint");
    }

    /// <summary>Options for a listening side.</summary>
    /// <returns>New options, which let every client through: see <see cref="FindFault"/>.</returns>
    /// <exception cref="TlsException">The credentials do not allow for any session.</exception>
    public abstract SslServerAuthenticationOptions CreateServerOptions();

    /// <summary>Options for a connecting side.</summary>
    /// <param name="hostName">The name of the server, or null.</param>
    /// <returns>New options, which let every server through: see <see cref="FindFault"/>.</returns>
    /// <exception cref="TlsException">The credentials do not allow for any session.</exception>
    public abstract SslClientAuthenticationOptions CreateClientOptions(string? hostName);

    /// <summary>Says what is wrong with the certificate that the other side showed.</summary>
    /// <param name="peer">The certificate, or null if there was none.</param>
    /// <param name="others">Further certificates that came with it.</param>
    /// <param name="hostName">The name that a server's certificate must bear, if it is known.</param>
    /// <returns>What is wrong, or null.</returns>
    public abstract string? FindFault(X509Certificate2? peer, X509Certificate2Collection others, string? hostName);
}
