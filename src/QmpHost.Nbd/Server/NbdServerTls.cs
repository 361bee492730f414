using System.Net.Security;
using QmpHost.Nbd.Exports;
using QmpHost.Nbd.Tls;
using QmpHost.Nbd.Transport;

namespace QmpHost.Nbd.Server;

/// <summary>TLS as a server's credentials want it.</summary>
/// <param name="credentials">The credentials.</param>
/// <param name="objects">Where the authorization is found.</param>
/// <param name="authorizationId">The id of the object that decides about clients, or null to let everybody in.</param>
internal sealed class NbdServerTls(TlsCredentials credentials, INbdObjects objects, string? authorizationId) : INbdTlsUpgrade
{
    /// <inheritdoc/>
    public async ValueTask<INbdTransport> UpgradeAsync(NbdReceiver receiver)
    {
        try
        {
            // The loop goes on while keys are computed.
            TlsSession session = await Task.Run(() => TlsHandshake.AcceptAsync(receiver, credentials));
            if (authorizationId is not null && session.PeerCertificate is { } certificate)
            {
                await AuthorizeAsync(session.Stream, authorizationId, DistinguishedName.Describe(certificate.SubjectName));
            }

            return new TlsTransport(session.Stream, session.Raw, receiver.Transport);
        }
        catch (TlsException e)
        {
            throw new NbdNegotiationException(e.Message);
        }
    }

    private async ValueTask AuthorizeAsync(SslStream stream, string id, string identity)
    {
        string? fault = !objects.TryFindAuthorization(id, out ITlsAuthorization? authorization) ? $"Cannot find QAuthZ object ID {id}"
            : authorization is null ? $"Object '{id}' is not a QAuthZ subclass"
            : authorization.IsAllowed(identity) ? null
            : $"TLS x509 authz check for {identity} is denied";
        if (fault is not null)
        {
            await stream.DisposeAsync();
            throw new TlsException(fault);
        }
    }
}
