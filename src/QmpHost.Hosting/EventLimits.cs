using System.Collections.Frozen;

namespace QmpHost.Hosting;

/// <summary>The events of which clients get at most one a second.</summary>
internal static class EventLimits
{
    /// <summary>By their names; with the member of the data whose values are limited apart from each other, or null.</summary>
    public static IReadOnlyDictionary<string, string?> Members { get; } = new Dictionary<string, string?>
    {
        ["QUORUM_REPORT_BAD"] = "node-name",
        ["QUORUM_FAILURE"] = null,
    }.ToFrozenDictionary();
}
