using QmpHost.Commands.Objects.Authz;
using QmpHost.Commands.Objects.Tls;
using QmpHost.Machine.Objects;

namespace QmpHost.Commands.Objects;

/// <summary>The types of objects that secure connections.</summary>
public static class NetworkObjects
{
    /// <summary>
    /// Makes them known. Of those that QEMU has, authz-listfile and authz-pam are left out, as in the builds that Debian ships.
    /// </summary>
    /// <param name="objects">The host's objects.</param>
    public static void Register(UserObjects objects)
    {
        ArgumentNullException.ThrowIfNull(objects);
        objects.Register(AuthzListObject.QomClass, static tree => new AuthzListObject(tree));
        objects.Register(AuthzSimpleObject.QomClass, static tree => new AuthzSimpleObject(tree));
        objects.Register(TlsX509Object.QomClass, static tree => new TlsX509Object(tree));
        objects.Register(UnsupportedTlsObject.Psk, static tree => new UnsupportedTlsObject(UnsupportedTlsObject.Psk, tree));
        objects.Register(UnsupportedTlsObject.Anonymous, static tree => new UnsupportedTlsObject(UnsupportedTlsObject.Anonymous, tree));
    }
}
