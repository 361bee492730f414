using QmpHost.Machine.Objects;
using QmpHost.Nbd.Exports;
using QmpHost.Net.Tls;

namespace QmpHost.Commands.Objects;

/// <summary>A host's user-created objects as the NBD server and client look for them.</summary>
/// <param name="objects">The objects.</param>
public sealed class HostNbdObjects(UserObjects objects) : INbdObjects
{
    /// <inheritdoc/>
    public string? FindIOThread(string path) => objects.FindAt<IoThreadObject>(path)?.Name;

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
