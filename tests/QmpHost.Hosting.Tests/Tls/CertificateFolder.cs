using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace QmpHost.Hosting.Tests.Tls;

/// <summary>A folder of certificates as tls-creds-x509 wants them, with an authority that can issue more.</summary>
internal sealed class CertificateFolder : IDisposable
{
    private readonly X509Certificate2 _authority;
    private readonly CertificateRevocationListBuilder _revoked = new();

    /// <summary>Makes the folder with an authority, and a server and a client that it knows.</summary>
    public CertificateFolder(string authority = "Authority")
    {
        _authority = IssueAuthority(authority);
        Write("ca-cert.pem", _authority.ExportCertificatePem());
        Issue("server", "CN=localhost");
        Issue("client", "CN=client, O=Example");
    }

    /// <summary>The folder.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("qmphost-tls-").FullName;

    /// <summary>Writes a file.</summary>
    public void Write(string name, string text) => File.WriteAllText(System.IO.Path.Combine(Path, name), text);

    /// <summary>Makes an authority that signs itself.</summary>
    private static X509Certificate2 IssueAuthority(string name)
    {
        var request = new CertificateRequest($"CN={name}", ECDsa.Create(ECCurve.NamedCurves.nistP256), HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-30), DateTimeOffset.UtcNow.AddDays(30));
    }

    /// <summary>Issues a certificate and writes it with its key.</summary>
    /// <param name="side">"server" or "client", from which the files have their names.</param>
    /// <param name="subject">Whose it is.</param>
    /// <param name="fromDay">The first day of its life, counted from today.</param>
    /// <param name="toDay">The last day.</param>
    /// <param name="extensions">Further extensions.</param>
    /// <param name="password">A password for the key, or null.</param>
    public X509Certificate2 Issue(
        string side, string subject, int fromDay = -1, int toDay = 20, IEnumerable<X509Extension>? extensions = null, string? password = null)
    {
        ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        foreach (X509Extension extension in extensions ?? [])
        {
            request.CertificateExtensions.Add(extension);
        }

        DateTimeOffset now = DateTimeOffset.UtcNow;
        X509Certificate2 issued = request.Create(_authority, now.AddDays(fromDay), now.AddDays(toDay), RandomNumberGenerator.GetBytes(8));
        Write($"{side}-cert.pem", issued.ExportCertificatePem());
        var encryption = new PbeParameters(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 1000);
        Write($"{side}-key.pem", password is null ? key.ExportPkcs8PrivateKeyPem() : key.ExportEncryptedPkcs8PrivateKeyPem(password, encryption));
        return issued;
    }

    /// <summary>Revokes a certificate and writes the list.</summary>
    public void Revoke(X509Certificate2 certificate)
    {
        _revoked.AddEntry(certificate);
        byte[] list = _revoked.Build(_authority, 1, DateTimeOffset.UtcNow.AddDays(5), HashAlgorithmName.SHA256);
        Write("ca-crl.pem", PemEncoding.WriteString("X509 CRL", list));
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Path, recursive: true);
}
