using System.Security.Cryptography.X509Certificates;

namespace QmpHost.Commands.Objects.Tls;

/// <summary>Whether certificates lead to an authority that is trusted, and to none of the system's.</summary>
internal static class X509Trust
{
    /// <summary>Follows a certificate to an authority.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="others">Certificates that may lie between.</param>
    /// <param name="authorities">The authorities.</param>
    /// <returns>What is wrong, or null.</returns>
    public static string? FindFault(X509Certificate2 certificate, X509Certificate2Collection others, X509Certificate2Collection authorities)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.ExtraStore.AddRange(others);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        if (chain.Build(certificate))
        {
            return null;
        }

        X509ChainStatusFlags status = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, static (all, one) => all | one.Status);
        return (status & (X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot)) != 0
            ? "The certificate hasn't got a known issuer"
            : "The certificate is not trusted";
    }
}
