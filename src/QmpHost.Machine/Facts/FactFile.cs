using System.Collections.Concurrent;
using System.Globalization;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;

namespace QmpHost.Machine.Facts;

/// <summary>Files of what releases of QEMU say of themselves, which are part of the program.</summary>
/// <remarks>May be used from any thread. A file is read when it is first asked for.</remarks>
internal static class FactFile
{
    // The releases that were recorded, newest first.
    private static readonly QemuRelease[] Recorded = [.. typeof(FactFile).Assembly.GetManifestResourceNames()
        .Select(static name => name.Split('/'))
        .Where(static parts => parts.Length == 3 && QemuRelease.TryParse(parts[1], out _))
        .Select(static parts => QemuRelease.TryParse(parts[1], out QemuRelease release) ? release : default)
        .Distinct()
        .OrderDescending()];

    private static readonly ConcurrentDictionary<string, Lazy<QDict>> Files = new(StringComparer.Ordinal);

    /// <summary>The release whose facts stand for a profile: the newest recorded one that is not newer, or else the oldest.</summary>
    /// <param name="profile">The profile.</param>
    public static QemuRelease ReleaseOf(VersionProfile profile)
        => Recorded.FirstOrDefault(release => release <= profile.Release, Recorded[^1]);

    /// <summary>Reads a file.</summary>
    /// <param name="release">A release of <see cref="ReleaseOf"/>.</param>
    /// <param name="name">The file's name without extension.</param>
    /// <returns>Its content, shared by all who ask: not to be changed.</returns>
    public static QDict Read(QemuRelease release, string name)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"Facts/{release}/{name}.json");
        return Files.GetOrAdd(path, static path => new Lazy<QDict>(() => Parse(path))).Value;
    }

    private static QDict Parse(string path)
    {
        using Stream stream = typeof(FactFile).Assembly.GetManifestResourceStream(path)
            ?? throw new InvalidOperationException($"The program lacks its file {path}.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return (QDict)JsonParser.Parse(bytes);
    }
}
