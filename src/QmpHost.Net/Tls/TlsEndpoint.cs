namespace QmpHost.Net.Tls;

/// <summary>On which side of connections credentials are used.</summary>
public enum TlsEndpoint
{
    /// <summary>The connecting side.</summary>
    Client,

    /// <summary>The listening side.</summary>
    Server,
}
