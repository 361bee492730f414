using System.Diagnostics.CodeAnalysis;

namespace QmpHost.Qapi;

/// <summary>The QEMU release whose behaviour a host shows.</summary>
public sealed class VersionProfile
{
    // A flag for each behaviour, by its number: it is asked for on paths that requests take.
    private readonly bool[] _behaviours = new bool[BehaviourTable.All.Count];

    /// <summary>Creates the profile of a release.</summary>
    /// <param name="release">The release.</param>
    /// <exception cref="ArgumentException">It is not one of <see cref="Known"/>.</exception>
    public VersionProfile(QemuRelease release)
    {
        if (!Known.Contains(release))
        {
            throw new ArgumentException($"'{release}' is not a known release: there are {KnownText}", nameof(release));
        }

        Release = release;
        foreach (BehaviourEntry entry in BehaviourTable.All)
        {
            _behaviours[(int)entry.Behaviour] = Shows(entry.Since, entry.Until);
        }
    }

    /// <summary>The releases that a host can show, oldest first.</summary>
    public static IReadOnlyList<QemuRelease> Known { get; } =
    [
        new(6, 2), new(7, 0), new(7, 1), new(7, 2), new(8, 0), new(8, 1), new(8, 2), new(9, 0), new(9, 1), new(9, 2),
        new(10, 0), new(10, 1), new(10, 2), new(11, 0), new(11, 1),
    ];

    /// <summary>The known releases as a message lists them: <c>6.2, 7.0, …</c>.</summary>
    public static string KnownText { get; } = string.Join(", ", Known);

    /// <summary>The profile of a host that was not told otherwise: 7.2.</summary>
    public static VersionProfile Default { get; } = new(new QemuRelease(7, 2));

    /// <summary>The release.</summary>
    public QemuRelease Release { get; }

    /// <summary>Reads a profile from a release such as <c>7.2</c>.</summary>
    /// <param name="text">The release.</param>
    /// <param name="profile">The profile.</param>
    /// <returns>False if the text is none of <see cref="Known"/>.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out VersionProfile? profile)
    {
        profile = QemuRelease.TryParse(text, out QemuRelease release) && Known.Contains(release) ? new VersionProfile(release) : null;
        return profile is not null;
    }

    /// <summary>Reads a profile from a release such as <c>7.2</c>.</summary>
    /// <param name="text">The release.</param>
    /// <returns>The profile.</returns>
    /// <exception cref="FormatException">The text is none of <see cref="Known"/>; the message lists them.</exception>
    public static VersionProfile Parse(string text)
        => TryParse(text, out VersionProfile? profile) ? profile : throw new FormatException($"'{text}' is not a known release: there are {KnownText}");

    /// <summary>Whether the release behaves in some way.</summary>
    /// <param name="behaviour">The behaviour.</param>
    /// <returns>True if <see cref="BehaviourTable"/> says so.</returns>
    public bool Has(Behaviour behaviour) => _behaviours[(int)behaviour];

    /// <summary>Whether something that came with one release and went with another is there.</summary>
    /// <param name="since">The first release with it.</param>
    /// <param name="removed">The first release without it, or null.</param>
    /// <returns>True if it is there.</returns>
    public bool Shows(QemuRelease since, QemuRelease? removed) => Release >= since && (removed is not { } end || Release < end);

    /// <inheritdoc/>
    public override string ToString() => Release.ToString();

    // For generated code, which tests the marks of the schema.
    internal bool AtLeast(int major, int minor) => Release >= new QemuRelease(major, minor);
}
