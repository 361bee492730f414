using System.IO.Enumeration;
using QmpHost.Machine.Facts;
using QmpHost.Qapi;

namespace QmpHost.Machine.Running;

/// <summary>The trace events of a release, by name, and which are asked for; nothing here is traced under their names. Used on the host's event loop only.</summary>
/// <param name="profile">The release.</param>
public sealed class TraceEventSet(VersionProfile profile)
{
    private readonly HashSet<string> _enabled = new(StringComparer.Ordinal);

    /// <summary>The events that a pattern fits, and whether they are asked for.</summary>
    /// <param name="pattern">A name, or one with "*".</param>
    /// <exception cref="QmpException">It is a name and there is no such event.</exception>
    public IReadOnlyList<(string Name, bool IsEnabled)> Find(string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        IReadOnlyList<string> all = OptionFacts.ListTraceEvents(profile);
        bool isPattern = pattern.Contains('*', StringComparison.Ordinal);
        (string, bool)[] found = [.. all.Where(name => isPattern ? FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false) : name == pattern).Select(name => (name, _enabled.Contains(name)))];
        return found.Length > 0 || isPattern ? found : throw new QmpException($"unknown event \"{pattern}\"");
    }

    /// <summary>Asks for events, or no longer.</summary>
    /// <param name="pattern">A name, or one with "*".</param>
    /// <param name="enable">Whether they are asked for.</param>
    /// <exception cref="QmpException">It is a name and there is no such event.</exception>
    public void Set(string pattern, bool enable)
    {
        foreach ((string name, _) in Find(pattern))
        {
            _ = enable ? _enabled.Add(name) : _enabled.Remove(name);
        }
    }
}
