using QmpHost.Machine.Objects;
using QmpHost.Net.Tls;

namespace QmpHost.Commands.Objects;

/// <summary>A host's user-created objects that have to do with TLS.</summary>
/// <param name="objects">The objects.</param>
public sealed class HostTlsObjects(UserObjects objects) : ITlsObjects
{
    /// <inheritdoc/>
    public bool TryFindCredentials(string id, out TlsCredentials? credentials)
    {
        UserObject? found = objects.Find<UserObject>(id);
        credentials = (found as ITlsCredentialsObject)?.Credentials;
        return found is not null;
    }

    /// <inheritdoc/>
    public bool TryFindAuthorization(string id, out ITlsAuthorization? authorization)
    {
        UserObject? found = objects.Find<UserObject>(id);
        authorization = found as ITlsAuthorization;
        return found is not null;
    }
}
