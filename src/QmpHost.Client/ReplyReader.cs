using QmpHost.Qapi;

namespace QmpHost.Client;

/// <summary>Between typed values and those of the wire, for servers whose release may be another one than any that the schema knows.</summary>
internal static class ReplyReader
{
    private static readonly VersionProfile Newest = new(VersionProfile.Known[^1]);

    /// <summary>The profile that is nearest to a server's release.</summary>
    public static VersionProfile ProfileOf(Version version)
    {
        var release = new QemuRelease(version.Major, version.Minor);
        QemuRelease nearest = VersionProfile.Known.LastOrDefault(known => known <= release, VersionProfile.Known[0]);
        return new VersionProfile(nearest);
    }

    /// <summary>Reads a reply.</summary>
    /// <exception cref="InvalidDataException">The reply lacks something, or is of another type.</exception>
    public static T Read<T>(string what, QObject value, Func<QapiInputVisitor, QObject, T> read, VersionProfile profile)
    {
        try
        {
            return read(new QapiInputVisitor(profile) { IsLenient = true }, value);
        }
        catch (QmpException e)
        {
            throw new InvalidDataException($"What the server says to '{what}' does not fit the schema: {e.Message}", e);
        }
    }

    /// <summary>Writes arguments: with all members that any release has, so that a server refuses what it does not know.</summary>
    public static QDict Write(IQapiWritable arguments, VersionProfile profile)
    {
        var all = (QDict)arguments.ToObject(Newest);
        if (profile.Release != Newest.Release)
        {
            AddMissing(all, (QDict)arguments.ToObject(profile));
        }

        return all;
    }

    private static void AddMissing(QDict to, QDict from)
    {
        foreach (KeyValuePair<string, QObject> member in from)
        {
            if (!to.TryGetValue(member.Key, out QObject? there))
            {
                to.Add(member.Key, member.Value);
            }
            else if (there is QDict inner && member.Value is QDict other)
            {
                AddMissing(inner, other);
            }
        }
    }
}
