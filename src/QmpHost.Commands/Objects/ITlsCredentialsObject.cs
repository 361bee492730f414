using QmpHost.Net.Tls;

namespace QmpHost.Commands.Objects;

/// <summary>An object that holds TLS credentials.</summary>
internal interface ITlsCredentialsObject
{
    /// <summary>The credentials; null until the object is complete.</summary>
    TlsCredentials? Credentials { get; }
}
