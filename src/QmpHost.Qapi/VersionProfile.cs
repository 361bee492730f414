using System.Diagnostics.CodeAnalysis;

namespace QmpHost.Qapi;

/// <summary>The QEMU release whose behaviour a host shows.</summary>
/// <param name="release">The release.</param>
public sealed class VersionProfile(QemuRelease release)
{
    /// <summary>The oldest release that a host can show.</summary>
    public static QemuRelease Oldest { get; } = new(6, 0);

    /// <summary>The profile of a host that was not told otherwise: 7.2.</summary>
    public static VersionProfile Default { get; } = new(new QemuRelease(7, 2));

    /// <summary>The release.</summary>
    public QemuRelease Release { get; } = release;

    /// <summary>Reads a profile from a release such as <c>7.2</c>.</summary>
    /// <param name="text">The release.</param>
    /// <param name="profile">The profile.</param>
    /// <returns>False if the text is no release or one before <see cref="Oldest"/>.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out VersionProfile? profile)
    {
        profile = QemuRelease.TryParse(text, out QemuRelease release) && release >= Oldest ? new VersionProfile(release) : null;
        return profile is not null;
    }

    /// <summary>Whether the profile shows what a release introduced.</summary>
    /// <param name="major">The first number of the release.</param>
    /// <param name="minor">The second number.</param>
    /// <returns>True if the profile's release is that one or a later one.</returns>
    public bool AtLeast(int major, int minor) => Release.Major > major || (Release.Major == major && Release.Minor >= minor);

    /// <inheritdoc/>
    public override string ToString() => Release.ToString();
}
