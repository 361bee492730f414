using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace QmpHost.Qapi;

/// <summary>A release of QEMU, by its two numbers that decide about features.</summary>
/// <param name="Major">The first number.</param>
/// <param name="Minor">The second number.</param>
public readonly record struct QemuRelease(int Major, int Minor) : IComparable<QemuRelease>
{
    /// <summary>Whether one release is older than another.</summary>
    public static bool operator <(QemuRelease left, QemuRelease right) => left.CompareTo(right) < 0;

    /// <summary>Whether one release is newer than another.</summary>
    public static bool operator >(QemuRelease left, QemuRelease right) => left.CompareTo(right) > 0;

    /// <summary>Whether one release is another one or older.</summary>
    public static bool operator <=(QemuRelease left, QemuRelease right) => left.CompareTo(right) <= 0;

    /// <summary>Whether one release is another one or newer.</summary>
    public static bool operator >=(QemuRelease left, QemuRelease right) => left.CompareTo(right) >= 0;

    /// <summary>Reads a release such as <c>7.2</c>.</summary>
    /// <param name="text">Two numbers and a point between.</param>
    /// <param name="release">The release.</param>
    /// <returns>False if the text is anything else.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, out QemuRelease release)
    {
        release = default;
        int dot = text?.IndexOf('.', StringComparison.Ordinal) ?? -1;
        if (dot < 0
            || !int.TryParse(text.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out int major)
            || !int.TryParse(text.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int minor))
        {
            return false;
        }

        release = new QemuRelease(major, minor);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(QemuRelease other) => Major != other.Major ? Major.CompareTo(other.Major) : Minor.CompareTo(other.Minor);

    /// <summary>The release as QEMU writes it.</summary>
    /// <returns>For example <c>7.2</c>.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}");
}
