namespace QmpHost.Net.Tls;

/// <summary>Says which clients are welcome.</summary>
public interface ITlsAuthorization
{
    /// <summary>Decides about a client.</summary>
    /// <param name="identity">The distinguished name of its certificate.</param>
    /// <returns>Whether it is welcome.</returns>
    bool IsAllowed(string identity);
}
