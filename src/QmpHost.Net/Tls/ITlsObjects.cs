namespace QmpHost.Net.Tls;

/// <summary>The user-created objects of a host that have to do with TLS, which servers and clients name by their ids.</summary>
/// <remarks>Used on the host's loop only.</remarks>
public interface ITlsObjects
{
    /// <summary>Finds an object of any type.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="credentials">The object, if it is TLS credentials.</param>
    /// <returns>Whether there is such an object.</returns>
    bool TryFindCredentials(string id, out TlsCredentials? credentials);

    /// <summary>Finds the object that says which clients are welcome.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="authorization">The object, if it says such things.</param>
    /// <returns>Whether there is such an object.</returns>
    bool TryFindAuthorization(string id, out ITlsAuthorization? authorization);
}
