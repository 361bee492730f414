using QmpHost.Machine.Qom;
using QmpHost.Net.Tls;
using QmpHost.Qapi;

namespace QmpHost.Commands.Objects.Tls;

/// <summary>tls-cipher-suites: the ciphers that a machine's firmware is told of.</summary>
/// <param name="tree">The tree that it will be in.</param>
public sealed class TlsCipherSuitesObject(QomTree tree) : TlsCredentialsObject(QomClass, tree)
{
    /// <summary>The class "tls-cipher-suites".</summary>
    public static QomClass QomClass { get; } = new("tls-cipher-suites", BaseClass);

    /// <inheritdoc/>
    public override TlsCredentials? Credentials => null;

    /// <inheritdoc/>
    protected override void Complete()
    {
        if (Priority is null)
        {
            throw new QmpException("'priority' property is not set");
        }
    }
}
