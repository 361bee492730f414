using QmpHost.Commands.Objects.Authz;
using QmpHost.Commands.Objects.Tls;
using QmpHost.Machine.Objects;
using QmpHost.Qapi;

namespace QmpHost.Commands.Objects;

/// <summary>The types of objects that secure connections.</summary>
public static class NetworkObjects
{
    /// <summary>
    /// Makes them known. Of those that QEMU has, authz-listfile and authz-pam are left out, as in the builds that Debian ships.
    /// </summary>
    /// <param name="objects">The host's objects.</param>
    /// <param name="profile">The release that the host behaves like.</param>
    /// <param name="program">The program.</param>
    public static void Register(UserObjects objects, VersionProfile profile, QmpProgram program)
    {
        ArgumentNullException.ThrowIfNull(objects);
        ArgumentNullException.ThrowIfNull(profile);
        objects.Register(AuthzListObject.QomClass, static tree => new AuthzListObject(tree));
        objects.Register(AuthzSimpleObject.QomClass, static tree => new AuthzSimpleObject(tree));
        objects.Register(TlsX509Object.QomClass, static tree => new TlsX509Object(tree));
        objects.Register(TlsPresharedKeyObject.QomClass, static tree => new TlsPresharedKeyObject(tree));
        objects.Register(TlsAnonymousObject.QomClass, static tree => new TlsAnonymousObject(tree));
        objects.Register(PersistentReservationObject.QomClass, static tree => new PersistentReservationObject(tree));
        if (program == QmpProgram.System || profile.Has(Behaviour.CipherSuitesInDaemon))
        {
            objects.Register(TlsCipherSuitesObject.QomClass, static tree => new TlsCipherSuitesObject(tree));
        }
    }
}
