using System.Security.Cryptography.X509Certificates;
using QmpHost.Net.Tls;
using QmpHost.Qapi;

namespace QmpHost.Commands.Objects.Tls;

/// <summary>Finds the usual mistakes in certificates before the first session does. The messages are QEMU's.</summary>
internal static class X509SanityChecks
{
    private const string ServerPurpose = "1.3.6.1.5.5.7.3.1";
    private const string ClientPurpose = "1.3.6.1.5.5.7.3.2";
    private const string AnyPurpose = "2.5.29.37.0";

    /// <summary>Checks the files of credentials.</summary>
    /// <param name="paths">Where they are.</param>
    /// <param name="endpoint">The side for which they are.</param>
    /// <exception cref="QmpException">A mistake was found.</exception>
    public static void Run(X509Paths paths, TlsEndpoint endpoint)
    {
        string side = endpoint == TlsEndpoint.Server ? "server" : "client";
        X509Certificate2? own = null;
        if (paths.Certificate is not null)
        {
            own = X509Files.TryReadAll(paths.Certificate)?[0]
                ?? throw new QmpException($"Unable to import {side} certificate {paths.Certificate}: Base64 unexpected header error.");
        }

        X509Certificate2Collection authorities = X509Files.TryReadAll(paths.Authorities)
            ?? throw new QmpException($"Unable to import CA certificate list {paths.Authorities}");
        if (own is not null)
        {
            CheckOwn(own, paths.Certificate!, side);
        }

        foreach (X509Certificate2 authority in authorities)
        {
            CheckAuthority(authority, paths.Authorities);
        }

        if (own is not null && X509Trust.FindFault(own, [], authorities) is { } fault)
        {
            throw new QmpException($"Our own certificate {paths.Certificate} failed validation against {paths.Authorities}: {fault}");
        }
    }

    private static void CheckOwn(X509Certificate2 certificate, string path, string side)
    {
        CheckTimes(certificate, path, side);
        if (IsAuthority(certificate) == true)
        {
            throw new QmpException($"The certificate {path} basic constraints show a CA, but we need one for a {side}");
        }

        if (certificate.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault() is { Critical: true } usage
            && (usage.KeyUsages & X509KeyUsageFlags.DigitalSignature) == 0)
        {
            throw new QmpException($"Certificate {path} usage does not permit digital signature");
        }

        string wanted = side == "server" ? ServerPurpose : ClientPurpose;
        if (certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault() is { Critical: true } purposes
            && !purposes.EnhancedKeyUsages.Cast<System.Security.Cryptography.Oid>().Any(oid => oid.Value == wanted || oid.Value == AnyPurpose))
        {
            throw new QmpException($"Certificate {path} purpose does not allow use with a TLS {side}");
        }
    }

    private static void CheckAuthority(X509Certificate2 certificate, string path)
    {
        CheckTimes(certificate, path, "CA");
        if (IsAuthority(certificate) == false)
        {
            throw new QmpException($"The certificate {path} basic constraints do not show a CA");
        }

        if (certificate.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault() is { Critical: true } usage
            && (usage.KeyUsages & X509KeyUsageFlags.KeyCertSign) == 0)
        {
            throw new QmpException($"Certificate {path} usage does not permit certificate signing");
        }
    }

    // Certificates belong to the world outside: their times are those of the wall clock, whatever clock the host has.
    private static void CheckTimes(X509Certificate2 certificate, string path, string side)
    {
        DateTime now = DateTime.Now;
        if (certificate.NotAfter < now)
        {
            throw new QmpException($"The {side} certificate {path} has expired");
        }

        if (certificate.NotBefore > now)
        {
            throw new QmpException($"The {side} certificate {path} is not yet active");
        }
    }

    private static bool? IsAuthority(X509Certificate2 certificate)
        => certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault()?.CertificateAuthority;
}
