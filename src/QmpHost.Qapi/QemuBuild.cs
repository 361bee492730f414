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
    /// <returns>For 7.2 the reference build; for other releases the one that their sources give.</returns>
    public static QemuBuild Of(VersionProfile profile)
    {
        QemuRelease release = profile.Release;
        return release == VersionProfile.Default.Release
            ? new QemuBuild(release.Major, release.Minor, 22, "Debian 1:7.2+dfsg-7+deb12u18+b3")
            : new QemuBuild(release.Major, release.Minor, 0, string.Empty);
    }
}
