using System.IO.Enumeration;

namespace QmpHost.Hosting.Diagnostics;

/// <summary>What option --trace can switch on: the names of the log messages of a host.</summary>
internal static class TraceEvents
{
    /// <summary>The names.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "qmp_command", "qmp_error", "qapi_event", "job_state", "drain_wait", "export_add", "export_state", "nbd_client", "nbd_report",
    ];

    /// <summary>Whether a name is meant by a pattern, in which "*" stands for anything and "?" for any character.</summary>
    public static bool Matches(string pattern, string name) => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);
}
