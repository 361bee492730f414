namespace QmpHost.Qapi;

/// <summary>What a host answers when it is asked for its version.</summary>
/// <param name="Major">The release's first number.</param>
/// <param name="Minor">Its second number.</param>
/// <param name="Micro">Its third number.</param>
/// <param name="Package">The distributor's name of the build; may be empty.</param>
public sealed record QemuBuild(int Major, int Minor, int Micro, string Package)
{
    /// <summary>The build that a host of some release passes for.</summary>
    /// <param name="profile">The release.</param>
    /// <returns>For 7.2, 10.0 and 11.1 the reference build; for other releases the one that their sources give.</returns>
    public static QemuBuild Of(VersionProfile profile) => profile.Release switch
    {
        (7, 2) => new QemuBuild(7, 2, 22, "Debian 1:7.2+dfsg-7+deb12u18+b3"),
        (10, 0) => new QemuBuild(10, 0, 13, "Debian 1:10.0.13+ds-0+deb13u1"),
        (11, 1) => new QemuBuild(11, 1, 3, "Debian 1:11.1.3+ds-1~bpo13+1"),
        var (major, minor) => new QemuBuild(major, minor, 0, string.Empty),
    };
}
