using QmpHost.Machine.Objects;
using QmpHost.Machine.Qom;
using QmpHost.Net.Tls;
using QmpHost.Qapi;

namespace QmpHost.Commands.Objects.Authz;

/// <summary>authz-simple: one identity is welcome.</summary>
/// <param name="tree">The tree that it will be in.</param>
public sealed class AuthzSimpleObject(QomTree tree) : UserObject(QomClass, tree), ITlsAuthorization
{
    private string _identity = "";

    /// <summary>The class "authz-simple".</summary>
    public static QomClass QomClass { get; } = new("authz-simple", AuthzBase.QomClass,
    [
        QomProperties.Text("identity", static o => ((AuthzSimpleObject)o)._identity, static (o, v) => ((AuthzSimpleObject)o)._identity = v),
    ]);

    /// <inheritdoc/>
    public bool IsAllowed(string identity) => string.Equals(identity, _identity, StringComparison.Ordinal);
}
