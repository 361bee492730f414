using System.Net.Security;
using QmpHost.Net.Transports;
using QmpHost.Qapi;

namespace QmpHost.Net.Tls;

/// <summary>TLS as a listening side's credentials want it: the handshake, and who may pass.</summary>
internal sealed class TlsServer
{
    private readonly TlsCredentials _credentials;
    private readonly ITlsObjects _objects;
    private readonly string? _authorizationId;

    private TlsServer(TlsCredentials credentials, ITlsObjects objects, string? authorizationId)
    {
        _credentials = credentials;
        _objects = objects;
        _authorizationId = authorizationId;
    }

    /// <summary>Finds credentials for a listening side.</summary>
    /// <param name="objects">Where the credentials, and with each client the authorization, are found.</param>
    /// <param name="credentialsId">The id of the credentials.</param>
    /// <param name="authorizationId">The id of the object that decides about clients, or null to let everybody in.</param>
    /// <exception cref="QmpException">There are no such credentials.</exception>
    public static TlsServer Find(ITlsObjects objects, string credentialsId, string? authorizationId)
        => new(TlsCredentials.Find(objects, credentialsId, TlsEndpoint.Server), objects, authorizationId);

    /// <summary>Performs the server's half of a handshake, on the thread pool, and judges the client on the caller's loop.</summary>
    /// <param name="reader">The plain connection, with what has already been received.</param>
    /// <returns>The session as a transport, which owns the plain one.</returns>
    /// <exception cref="TlsException">There is no session, or the client is not welcome.</exception>
    public async ValueTask<ITransport> AcceptAsync(TransportReader reader)
    {
        // The loop goes on while keys are computed.
        TlsSession session = await Task.Run(() => TlsHandshake.AcceptAsync(reader, _credentials));
        if (_authorizationId is not null && session.PeerCertificate is { } certificate)
        {
            await AuthorizeAsync(session.Stream, _authorizationId, DistinguishedName.Describe(certificate.SubjectName));
        }

        return new TlsTransport(session.Stream, session.Raw, reader.Transport);
    }

    private async ValueTask AuthorizeAsync(SslStream stream, string id, string identity)
    {
        string? fault = !_objects.TryFindAuthorization(id, out ITlsAuthorization? authorization) ? $"Cannot find QAuthZ object ID {id}"
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
