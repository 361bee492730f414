using QmpHost.Block.Core;
using QmpHost.Net.Tls;
using QmpHost.Qapi;

namespace QmpHost.Commands.Objects.Tls;

/// <summary>Where the files of X.509 credentials are.</summary>
/// <param name="Authorities">Certificates of the authorities.</param>
/// <param name="RevocationList">A revocation list, or null.</param>
/// <param name="Certificate">The own certificate, or null.</param>
/// <param name="Key">The own key, or null; a certificate without one, and one without a certificate, are of no use.</param>
internal sealed record X509Paths(string Authorities, string? RevocationList, string? Certificate, string? Key)
{
    /// <summary>Finds the files in a folder.</summary>
    /// <param name="directory">The folder.</param>
    /// <param name="endpoint">The side for which the files are: a client need not have a certificate.</param>
    /// <returns>The paths.</returns>
    /// <exception cref="QmpException">A file is missing or cannot be read.</exception>
    public static X509Paths Find(string directory, TlsEndpoint endpoint)
    {
        bool isServer = endpoint == TlsEndpoint.Server;
        string name = isServer ? "server" : "client";
        string authorities = Access(directory, "ca-cert.pem", isRequired: true)!;
        string? revocationList = isServer ? Access(directory, "ca-crl.pem", isRequired: false) : null;
        string? certificate = Access(directory, $"{name}-cert.pem", isServer);
        string? key = Access(directory, $"{name}-key.pem", isServer);
        return new X509Paths(authorities, revocationList, certificate, key);
    }

    private static string? Access(string directory, string name, bool isRequired)
    {
        string path = $"{directory}/{name}";
        try
        {
            using FileStream file = File.OpenRead(path);
            return path;
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            Errno errno = FileFailure.ErrnoOf(e, path);
            return errno == Errno.ENOENT && !isRequired ? null : throw new QmpException($"Unable to access credentials {path}: {errno.Describe()}");
        }
    }
}
