using QmpHost.Qapi;

namespace QmpHost.Client;

/// <summary>A server's first message.</summary>
/// <param name="Version">Major, minor and micro number of the release.</param>
/// <param name="Package">The distributor's name of the build; may be empty.</param>
/// <param name="Capabilities">What can be enabled by <c>qmp_capabilities</c>.</param>
/// <param name="Raw">The message.</param>
public sealed record QmpGreeting(Version Version, string Package, IReadOnlyList<string> Capabilities, QDict Raw)
{
    /// <summary>The release that the server shows: the newest known one that is not newer than its version.</summary>
    public VersionProfile Profile { get; } = ReplyReader.ProfileOf(Version);

    /// <summary>Stands for the greeting until there is one.</summary>
    internal static QmpGreeting Unknown { get; } = new(new Version(0, 0, 0), string.Empty, [], new QDict());

    /// <summary>Reads a greeting.</summary>
    /// <param name="message">The message, which has a member <c>QMP</c>.</param>
    /// <returns>The greeting; what the message lacks is empty or zero.</returns>
    internal static QmpGreeting Read(QDict message)
    {
        var qmp = message["QMP"] as QDict;
        var version = Member<QDict>(qmp, "version");
        var triple = Member<QDict>(version, "qemu");
        return new QmpGreeting(
            new Version(Number(triple, "major"), Number(triple, "minor"), Number(triple, "micro")),
            Member<QString>(version, "package")?.Value ?? string.Empty,
            [.. (Member<QList>(qmp, "capabilities") ?? []).OfType<QString>().Select(c => c.Value)],
            message);
    }

    private static T? Member<T>(QDict? dict, string name)
        where T : QObject => dict is not null && dict.TryGetValue(name, out QObject? value) ? value as T : null;

    private static int Number(QDict? dict, string name) =>
        Member<QNum>(dict, name) is { } number && number.TryGetInt64(out long value) && value is >= 0 and <= int.MaxValue ? (int)value : 0;
}
