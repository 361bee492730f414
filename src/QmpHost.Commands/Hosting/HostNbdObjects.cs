using QmpHost.Machine.Objects;
using QmpHost.Nbd.Exports;
using QmpHost.Nbd.Tls;

namespace QmpHost.Commands.Hosting;

/// <summary>The user-created objects that NBD servers and clients name by their ids.</summary>
/// <param name="objects">The host's objects.</param>
public sealed class HostNbdObjects(UserObjects objects) : INbdObjects
{
    /// <inheritdoc/>
    public bool HasIOThread(string id) => objects.Find<IoThreadObject>(id) is not null;

    /// <inheritdoc/>
    public bool TryFindCredentials(string id, out TlsCredentials? credentials)
    {
        // This build makes no credentials: whatever object has the id is something else.
        credentials = null;
        return objects.Find<UserObject>(id) is not null;
    }

    /// <inheritdoc/>
    public ITlsAuthorization? FindAuthorization(string id) => null;
}
