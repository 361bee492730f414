using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using QmpHost.Qapi;

namespace QmpHost.Commands.Objects.Tls;

/// <summary>What X.509 credentials hold in memory.</summary>
internal sealed class X509Files
{
    private const string BadBase64 = "Base64 decoding error.";

    private readonly byte[]? _revocationList;

    private X509Files(X509Certificate2Collection authorities, byte[]? revocationList, X509Certificate2? certificate, X509Certificate2Collection chain)
    {
        Authorities = authorities;
        _revocationList = revocationList;
        Certificate = certificate;
        Chain = chain;
    }

    /// <summary>Certificates of the authorities.</summary>
    public X509Certificate2Collection Authorities { get; }

    /// <summary>The own certificate with its key, or null.</summary>
    public X509Certificate2? Certificate { get; }

    /// <summary>Further certificates beside the own one.</summary>
    public X509Certificate2Collection Chain { get; }

    /// <summary>Reads the files.</summary>
    /// <param name="paths">Where they are.</param>
    /// <param name="password">The password of the key, or null.</param>
    /// <returns>Their contents.</returns>
    /// <exception cref="QmpException">A file makes no sense.</exception>
    public static X509Files Load(X509Paths paths, string? password)
    {
        // What cannot be read here was found by the sanity checks, or is not to be checked: nobody is trusted then.
        X509Certificate2Collection authorities = TryReadAll(paths.Authorities) ?? [];
        X509Certificate2? certificate = null;
        X509Certificate2Collection chain = [];
        if (paths.Certificate is not null && paths.Key is not null)
        {
            chain = TryReadAll(paths.Certificate) ?? throw BadPair(paths, BadBase64);
            X509Certificate2 own = chain[0];
            chain.RemoveAt(0);
            certificate = AddKey(paths, own, password);
        }

        return new X509Files(authorities, paths.RevocationList is null ? null : ReadRevocationList(paths.RevocationList), certificate, chain);
    }

    /// <summary>Reads all certificates of a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The certificates; null if there is none, or one that makes no sense.</returns>
    public static X509Certificate2Collection? TryReadAll(string path)
    {
        try
        {
            X509Certificate2Collection all = [];
            all.ImportFromPem(File.ReadAllText(path));
            return all.Count == 0 ? null : all;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>Whether a certificate was revoked.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <returns>Whether the revocation list names it.</returns>
    public bool IsRevoked(X509Certificate2 certificate)
    {
        if (_revocationList is null)
        {
            return false;
        }

        // The builder is the platform's only reader of such lists: it tells whether there is an entry when it removes one.
        CertificateRevocationListBuilder list = CertificateRevocationListBuilder.Load(_revocationList, out BigInteger _);
        return list.RemoveEntry(certificate.SerialNumberBytes.Span);
    }

    private static X509Certificate2 AddKey(X509Paths paths, X509Certificate2 certificate, string? password)
    {
        string pem = File.ReadAllText(paths.Key!);
        bool isEncrypted = pem.Contains("ENCRYPTED", StringComparison.Ordinal);
        try
        {
            string certificatePem = certificate.ExportCertificatePem();
            return isEncrypted
                ? X509Certificate2.CreateFromEncryptedPem(certificatePem, pem, password ?? "")
                : X509Certificate2.CreateFromPem(certificatePem, pem);
        }
        catch (ArgumentException)
        {
            throw BadPair(paths, "The certificate and the given key do not match.");
        }
        catch (CryptographicException)
        {
            throw BadPair(
                paths,
                isEncrypted ? "Decryption has failed."
                : pem.Contains("PRIVATE KEY-----", StringComparison.Ordinal) ? "The certificate and the given key do not match."
                : "The requested data were not available.");
        }
    }

    private static QmpException BadPair(X509Paths paths, string why)
        => new($"Cannot load certificate '{paths.Certificate}' & key '{paths.Key}': {why}");

    private static byte[] ReadRevocationList(string path)
    {
        try
        {
            string pem = File.ReadAllText(path);
            PemFields fields = PemEncoding.Find(pem);
            byte[] data = Convert.FromBase64String(pem[fields.Base64Data]);
            CertificateRevocationListBuilder.Load(data, out BigInteger _);
            return data;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or CryptographicException)
        {
            throw new QmpException($"Cannot load CRL '{path}': {BadBase64}");
        }
    }
}
