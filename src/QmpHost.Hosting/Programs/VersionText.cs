using QmpHost.Qapi;

namespace QmpHost.Hosting.Programs;

/// <summary>What option --version prints.</summary>
internal static class VersionText
{
    /// <summary>The first line of a QEMU program of some release, which is what scripts look at, and then who answers.</summary>
    /// <param name="program">The program's name in that line.</param>
    /// <param name="profile">The release.</param>
    /// <returns>The text.</returns>
    public static string Of(string program, VersionProfile profile)
    {
        QemuBuild build = QemuBuild.Of(profile);
        string package = build.Package.Length > 0 ? $" ({build.Package})" : string.Empty;
        return $"{program} version {build.Major}.{build.Minor}.{build.Micro}{package}\nThis is QmpHost: QEMU's block layer without the virtual machine.";
    }
}
