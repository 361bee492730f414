using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Machine.Facts;

/// <summary>The options of the command line of a release of QEMU, and its trace events.</summary>
public static class OptionFacts
{
    // The group of options that comes with a module.
    private const string OfModules = "spice";

    /// <summary>query-command-line-options.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="withModules">Whether the options of what QEMU loads as modules are among them.</param>
    public static IReadOnlyList<CommandLineOptionInfo> List(VersionProfile profile, bool withModules)
        => [.. FactFile.Read(FactFile.ReleaseOf(profile), "options").Objects("options")
            .Where(option => withModules || option.Text("option") != OfModules)
            .Select(option => CommandLineOptionInfo.Visit(new QapiInputVisitor(profile), null, option))];

    /// <summary>The names of all trace events, in the order of QEMU's listing.</summary>
    /// <param name="profile">The profile.</param>
    public static IReadOnlyList<string> ListTraceEvents(VersionProfile profile) => FactFile.Read(FactFile.ReleaseOf(profile), "trace-events").Texts("events");
}
