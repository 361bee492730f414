using QmpHost.Machine.Qom;

namespace QmpHost.Commands.Objects.Authz;

/// <summary>The class that all objects extend that say who may connect.</summary>
internal static class AuthzBase
{
    /// <summary>The class "authz".</summary>
    public static QomClass QomClass { get; } = new("authz", Machine.Qom.QomClass.Object, isAbstract: true);
}
